/** A program that runs the ingest in its argument (JSON), and kills itself where that says so. */
import fs from "node:fs";
import { IncomingMessage } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { type ClientOptions, createClient } from "../../../src/index.js";
import { type IngestOptions, ingestPackage, type VersionChoice } from "../../../src/ingest/index.js";
import type { S3Connection } from "../s3/support/servers.js";

/** How the program runs. */
export interface ChildTask {
  client: ClientOptions;
  /** Without a place if there is a bucket. */
  options: IngestOptions | (VersionChoice & Pick<IngestOptions, "concurrency" | "trust">);
  /** The bucket to ingest into, below `p/`. */
  bucket?: S3Connection;
  /** SIGKILL itself before or after this request (counted from 1) that changes something in the bucket. */
  killAtChange?: { count: number; when: "before" | "after" };
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
const bucketPort = Number(new URL(task.bucket?.endpoint ?? "http://localhost").port);
IncomingMessage.prototype.push = function (this: IncomingMessage, chunk: Buffer | null, ...rest) {
  if (this.socket?.remotePort === bucketPort) return push.call(this, chunk, ...rest);
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

let changes = 0;

/** The bucket as a store. Loaded here, because a program without a bucket must start fast. */
async function openBucket({ endpoint, bucket, ...credentials }: S3Connection) {
  const { S3Client, S3Store } = await import("./child-s3.js");
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        if (/^(Get|Head|List)/.test(commandName)) return next(args);
        changes += 1;
        const mine = task.killAtChange?.count === changes;
        if (mine && task.killAtChange?.when === "before") die();
        try {
          return await next(args);
        } finally {
          if (mine) die();
        }
      },
    { step: "initialize" },
  );
  // Less than usual, because what is in memory is lost by a kill, and the tests' packages are small.
  return new S3Store(client, { bucket, prefix: "p/" }, 11_000_000);
}

const client = createClient(task.client);
try {
  const place = task.bucket && { store: await openBucket(task.bucket) };
  // Either the options have a place, or there is a bucket.
  await ingestPackage(client, { ...task.options, ...place } as IngestOptions);
  report({ done: true, changes });
} catch (error) {
  report({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
