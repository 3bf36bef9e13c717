/** Runs `adp sandbox` from a checkout. */
import { run } from "../src/cli/run.js";

process.exitCode = await run(["sandbox", ...process.argv.slice(2)]);
