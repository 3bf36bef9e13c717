import { describe, expect, test, vi } from "vitest";
import { IngestError } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import { failure } from "../../support/client.js";
import { seededRandom } from "../../support/random.js";
import type { S3Operation, S3Request } from "../../support/s3/operations.js";
import { S3_FAULTS, type S3Fault } from "../../support/s3-server.js";
import { thorough } from "../../support/thorough.js";
import { virtualContext } from "../support/contexts.js";
import { a, app, b, d } from "../support/existing-package.js";
import { servePackage, variant } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest as ingestOn, verifyPackage } from "../support/trusted.js";
import { openContext, openTestAsset, testAsset } from "./support/asset.js";
import { scaled, startSmallPartsServer } from "./support/small-parts.js";

vi.mock(import("../../../src/ingest/s3/part-plan.js"), async (importOriginal) => {
  const { withSmallParts } = await import("./support/small-parts.js");
  return withSmallParts(await importOriginal());
});

const CHUNK = scaled(5_300_000);
const { asset, content } = testAsset(scaled(11_000_000), CHUNK);
const large = { kind: "variant", id: "large", content, chunkSize: CHUNK } as const;
const fresh = variant("fresh", scaled(9_000_000), scaled(1_000_000));
const copied = variant("copied", 100_000);

type OnRequest = (request: S3Request, index: number) => S3Fault | undefined;

/**
 * A bucket with the first revision of a package, and an ingest of the second one that sends every kind of request: it
 * stores, copies, deletes, and continues an upload.
 */
async function start() {
  const bucket = await startSmallPartsServer();
  const server = await servePackage([a, b]);
  const client = bucket.client({ maxAttempts: 1 });
  const storeAt = (prefix: string) => s3Store({ client, bucket: bucket.bucketName, prefix });
  const store = storeAt("p");
  const options = { versionId: "version", store, reuse: storeAt("other"), keyBlobs: storeAt("private") };
  const run = (signal?: AbortSignal) =>
    ingestOn(server.client, { ...options, concurrency: 2, signal }, new TestClock());
  server.publish([copied], { ...app, distributionPackageRevision: 1 });
  const other = { versionId: "version", store: storeAt("other") };
  await ingestOn(server.client, other, new TestClock());
  server.publish([a, b], { ...app, distributionPackageRevision: 1 });
  await run();
  server.publish([a, d, copied, fresh, large], { ...app, distributionPackageRevision: 2 });
  const path = "variant/large.ipa";
  const killed = await openTestAsset(await openContext(client, bucket.bucketName), { ...asset, path });
  await killed.write(content, 0, scaled(6_000_000));
  await killed.writer.close();
  const { objects, uploads } = bucket.bucket;
  const savedObjects = [...objects];
  const savedUploads = [...uploads.values()].map((upload) => ({ ...upload, parts: [...upload.parts] }));
  /** Makes the bucket what it was when `start` returned. */
  const reset = () => {
    objects.clear();
    for (const [key, object] of savedObjects) objects.set(key, object);
    uploads.clear();
    for (const upload of savedUploads) uploads.set(upload.id, { ...upload, parts: new Map(upload.parts) });
    bucket.requests.length = 0;
  };
  reset();
  /** Lets the test see the next requests, which are counted from 0. */
  const watch = (onRequest: OnRequest) => {
    let count = 0;
    bucket.onRequest = (request) => onRequest(request, count++);
  };
  /** No reader misses a file of the manifest that is in place. */
  const checkReadable = async () => {
    bucket.onRequest = undefined;
    if (!bucket.bucket.objects.has("p/manifest.json")) return;
    expect(await verifyPackage(store)).toMatchObject({ missing: [], corrupt: [] });
  };
  const checkComplete = async () => {
    bucket.onRequest = undefined;
    const manifest = { distributionPackageRevision: 2 };
    expect(await verifyPackage(store)).toMatchObject({ valid: true, manifest });
    expect(bucket.bucket.uploads.size).toBe(0);
  };
  return { bucket, store, run, reset, watch, checkReadable, checkComplete };
}

/** The operations of the ingest without a fault, in their order. */
async function requestsOf({
  bucket,
  run,
  reset,
  checkComplete,
}: Awaited<ReturnType<typeof start>>): Promise<S3Operation[]> {
  await run();
  const operations = bucket.requests.map(({ operation }) => operation);
  await checkComplete();
  reset();
  return operations;
}

/** Some indexes of a list, in their order; more of them in a thorough run. */
function someOf(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  const inRandomOrder = Array.from({ length }, (_, index) => ({ index, key: random() })).sort(
    (one, other) => one.key - other.key,
  );
  return inRandomOrder
    .slice(0, thorough ? 24 : 1)
    .map(({ index }) => index)
    .sort((one, other) => one - other);
}

const timeout = 300_000;

test("the ingest sends every kind of request", async () => {
  const operations = new Set(await requestsOf(await start()));
  expect([...operations].sort()).toEqual([
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "DeleteObjects",
    "GetObject",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "UploadPart",
  ]);
});

describe("at each request in turn", () => {
  test.for<[string, S3Fault]>([
    ["an internal error", S3_FAULTS.internal],
    ["a connection that breaks before it", { drop: "before" }],
    ["a connection that breaks after it", { drop: "after" }],
    ["a connection that breaks in the answer", { drop: "body" }],
  ])("%s is no failure", { timeout }, async ([, fault], { task }) => {
    const place = await start();
    const { run, watch, checkComplete, reset } = place;
    const { length } = await requestsOf(place);
    for (const failing of someOf(length, task.name.length)) {
      reset();
      watch((_, index) => (index === failing ? fault : undefined));
      await run();
      await checkComplete();
    }
  });

  test("an abort leaves what a later run completes", { timeout }, async () => {
    const place = await start();
    const { run, watch, checkReadable, checkComplete, reset } = place;
    const { length } = await requestsOf(place);
    for (const last of someOf(length, 2)) {
      reset();
      const stop = new AbortController();
      watch((_, index) => {
        if (index === last) stop.abort(new Error(`stopped at ${last}`));
        return undefined;
      });
      await expect(run(stop.signal)).rejects.toThrow(`stopped at ${last}`);
      await checkReadable();
      await run();
      await checkComplete();
    }
  });

  test("a server that is down from then on leaves what a later run completes", { timeout }, async () => {
    const place = await start();
    const { run, watch, checkReadable, checkComplete, reset } = place;
    const { length } = await requestsOf(place);
    for (const first of someOf(length, 3)) {
      reset();
      watch((_, index) => (index >= first ? S3_FAULTS.slowDown : undefined));
      const error = await failure(run());
      expect(error).toBeInstanceOf(IngestError);
      // An answer to HEAD has no body that could say why.
      const message = /the store (asks for fewer requests|failed to answer HeadObject)\. Run again later/;
      expect(error).toHaveProperty("message", expect.stringMatching(message));
      await checkReadable();
      await run();
      await checkComplete();
    }
  });
});

describe("a policy that denies one action", () => {
  test.for<[string, readonly S3Operation[]]>([
    ["s3:ListBucket", ["ListObjectsV2"]],
    ["s3:GetObject", ["GetObject", "HeadObject"]],
    ["s3:PutObject", ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]],
    ["s3:DeleteObject", ["DeleteObjects"]],
    ["s3:AbortMultipartUpload", ["AbortMultipartUpload"]],
    ["s3:GetObject and s3:PutObject", ["CopyObject"]],
  ])("%s is told which, and leaves what a later run completes", async ([action, denied]) => {
    const { run, watch, checkReadable, checkComplete } = await start();
    watch(({ operation }) => (denied.includes(operation) ? S3_FAULTS.denied : undefined));
    const error = await failure(run());
    expect(error).toMatchObject({ name: "IngestError", reason: "store" });
    expect(error).toHaveProperty("message", expect.stringContaining(`Allow ${action} in the policy`));
    await checkReadable();
    await run();
    await checkComplete();
  });

  test.for<S3Operation>(["ListMultipartUploads", "ListParts"])(
    "%s is downloaded again in place of the parts",
    async (denied) => {
      const { bucket, run, watch, store } = await start();
      watch(({ operation }) => (operation === denied ? S3_FAULTS.denied : undefined));
      await run();
      bucket.onRequest = undefined;
      expect(await verifyPackage(store)).toMatchObject({ valid: true });
    },
  );
});

test("a removal that ends at any request leaves no manifest without its files, and is completed by the next", async () => {
  const { bucket, store, reset, watch, checkReadable } = await start();
  for (let last = 0; ; last++) {
    reset();
    watch((_, index) => (index === last ? S3_FAULTS.denied : undefined));
    const error = await store.remove(virtualContext()).then(() => undefined, String);
    await checkReadable();
    await store.remove(virtualContext());
    expect(bucket.bucket.keys("p/")).toEqual([]);
    expect(bucket.bucket.uploads.size).toBe(0);
    if (error === undefined) return;
    expect(error).toContain("permission denied for");
  }
});
