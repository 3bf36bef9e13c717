#!/usr/bin/env node
import { EXIT_CODES } from "./exit.js";
import { run } from "./run.js";

process.exitCode = await run(process.argv.slice(2));
// All output is written by now. An interrupted command may have left connections and timers that would delay the end.
if (process.exitCode === EXIT_CODES.interrupted) process.exit();
