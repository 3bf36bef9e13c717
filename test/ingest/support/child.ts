/** A program that runs the ingest in its argument (JSON), and kills itself where that says so. */
import fs from "node:fs";
import { IncomingMessage } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { type ClientOptions, createClient } from "../../../src/index.js";
import { type IngestOptions, ingestPackage } from "../../../src/ingest/index.js";

/** How the program runs. */
export interface ChildTask {
  client: ClientOptions;
  options: IngestOptions;
  /** SIGKILL itself once it has received this number of bytes from the CDN, including the zip. */
  killAtBytes?: number;
  /** SIGKILL itself before or after this rename (counted from 1). */
  killAtRename?: { count: number; when: "before" | "after" };
}

const task: ChildTask = JSON.parse(process.argv[2] ?? "");
let received = 0;

function report(outcome: object): void {
  fs.writeSync(1, JSON.stringify({ received, ...outcome }));
}

function die(): void {
  report({ killed: true });
  process.kill(process.pid, "SIGKILL");
}

// The HTTP parser calls push with each piece of a body, before any other code gets it.
const push = IncomingMessage.prototype.push;
IncomingMessage.prototype.push = function (this: IncomingMessage, chunk: Buffer | null, ...rest) {
  received += chunk?.length ?? 0;
  if (task.killAtBytes !== undefined && received >= task.killAtBytes) die();
  return push.call(this, chunk, ...rest);
};

let renames = 0;
const rename = fs.promises.rename;
fs.promises.rename = async (from, to) => {
  renames += 1;
  const mine = task.killAtRename?.count === renames;
  if (mine && task.killAtRename?.when === "before") die();
  await rename(from, to);
  if (mine) die();
};
syncBuiltinESMExports();

const client = createClient(task.client);
try {
  await ingestPackage(client, task.options);
  report({ done: true });
} catch (error) {
  report({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
