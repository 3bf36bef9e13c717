#!/usr/bin/env node
import { exitCodes } from "./exit-codes.js";
import { run } from "./run.js";

process.exitCode = await run(process.argv.slice(2));
// All is written by now; what a command left running need not be waited for.
if (process.exitCode === exitCodes.interrupted) process.exit();
