import { BUCKET_KILLS } from "../support/kill-stores.js";
import { testRandomKills } from "../support/random-kills.js";

// Apart from the kills of ingests into a folder, so that both files run at the same time.
testRandomKills(BUCKET_KILLS);
