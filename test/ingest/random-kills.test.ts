import { FOLDER_KILLS } from "./support/kill-stores.js";
import { testRandomKills } from "./support/random-kills.js";

testRandomKills(FOLDER_KILLS);
