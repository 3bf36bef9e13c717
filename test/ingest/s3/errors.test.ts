import { inspect } from "node:util";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PackageStore } from "../../../src/ingest/index.js";
import { verify } from "../../../src/ingest/verify.js";
import { s3Store } from "../../../src/s3/index.js";
import { failure } from "../../support/client.js";
import { ACCESS_KEY } from "../../support/s3/requests.js";
import { S3_FAULTS, type S3Fault, s3ClientFor, startS3Server } from "../../support/s3-server.js";
import { a, b } from "../support/existing-package.js";
import { servePackage } from "../support/package-server.js";
import { trust } from "../support/signing.js";
import { TestClock } from "../support/test-clock.js";
import { ingest as ingestOn } from "../support/trusted.js";

const signal = new AbortController().signal;

/** What users do with a store. */
const TASKS = {
  ingest: async (store: PackageStore) => {
    const { client } = await servePackage([a, b]);
    await ingestOn(client, { versionId: "version", store }, new TestClock());
  },
  verify: async (store: PackageStore) => void (await verify(store, { trust }, new TestClock())),
  remove: (store: PackageStore) => store.remove({ signal, clock: new TestClock() }),
};

interface Problem {
  readonly fault?: S3Fault;
  readonly bucket?: string;
  readonly config?: S3ClientConfig;
  readonly endpoint?: string;
}

const SECRET = "fake-secret";
const wrongKey = { accessKeyId: "AKIAWRONG", secretAccessKey: SECRET };
const PROBLEMS: readonly [string, Problem, string][] = [
  ["a wrong bucket", { bucket: "wrong" }, "the bucket does not exist. Check its name"],
  ["a missing permission", { fault: S3_FAULTS.denied }, "Allow s3:ListBucket in the policy"],
  ["a wrong clock", { fault: S3_FAULTS.clockSkew }, "this machine's clock differs too much from the store's"],
  ["SlowDown", { fault: S3_FAULTS.slowDown }, "the store asks for fewer requests. Run again later"],
  ["expired credentials", { fault: S3_FAULTS.expired }, "the credentials have expired. Renew them"],
  ["a wrong key", { config: { credentials: wrongKey } }, "the store does not accept the credentials"],
  ["no server", { endpoint: "http://127.0.0.1:1" }, "the endpoint cannot be reached. Check the client's"],
];

describe.for(["ingest", "verify", "remove"] as const)("%s", (task) => {
  test.for(PROBLEMS)("with %s names it in one line, without a key", async ([, problem, expected]) => {
    const server = await startS3Server();
    const { fault, bucket = server.bucketName, config, endpoint = server.url } = problem;
    server.onRequest = () => fault;
    const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET };
    const client = s3ClientFor(endpoint, { credentials, maxAttempts: 1, ...config });
    const error = await failure(TASKS[task](s3Store({ client, bucket, prefix: "p" })));
    expect(error).toMatchObject({ name: "IngestError", reason: "store" });
    const message = String(error);
    expect(message).toContain(expected);
    expect(message).toMatch(
      /^IngestError: s3:\/\/.*Run again afterwards: what an ingest has uploaded stays\.$/,
    );
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/AKIAWRONG|fake-|X-Amz/i);
  });
});

test("a client without a region is told so", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) vi.stubEnv(name, undefined);
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/dev/null");
  const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET };
  const client = new S3Client({ endpoint: "http://127.0.0.1:1", credentials });
  const error = await failure(TASKS.verify(s3Store({ client, bucket: "packages", prefix: "p" })));
  expect(String(error)).toContain("the client has no region. Set it, or AWS_REGION (no region).");
});

test("a wait before a further attempt ends with the caller's signal", async () => {
  const server = await startS3Server();
  const { client } = await servePackage([a]);
  const stop = new AbortController();
  server.onRequest = () => S3_FAULTS.slowDown;
  const clock = new TestClock();
  const store = s3Store({
    client: server.client({ maxAttempts: 1 }),
    bucket: server.bucketName,
    prefix: "p",
  });
  const { sleep } = clock;
  Object.assign(clock, {
    sleep: (ms: number, waited?: AbortSignal) => {
      stop.abort(new Error("mine"));
      return sleep(ms, waited);
    },
  });
  const ingest = ingestOn(client, { versionId: "version", store, signal: stop.signal }, clock);
  await expect(ingest).rejects.toThrow("mine");
});
