import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { IngestError } from "../../../src/ingest/index.js";
import { commitPackage, readPlacedFiles } from "../../../src/ingest/s3/commit.js";
import { failure } from "../../support/client.js";
import type { S3Operation } from "../../support/s3/operations.js";
import { S3_FAULTS, type S3Fault, s3ClientFor, startS3Server } from "../../support/s3-server.js";
import { TestClock } from "../support/test-clock.js";
import { MIB, openContext, openTestAsset, testAsset } from "./support/asset.js";

const { asset, content } = testAsset(9 * MIB, 5 * MIB);

/** A server, and a client that leaves all further attempts to us. */
async function start() {
  const server = await startS3Server();
  const client = server.client({ maxAttempts: 1 });
  /** Stores the asset, with these faults for the first requests of each operation. */
  const store = async (faults: Partial<Record<S3Operation, readonly S3Fault[]>>, clock = new TestClock()) => {
    const left = new Map(Object.entries(faults).map(([operation, list]) => [operation, [...list]]));
    server.onRequest = ({ operation }) => left.get(operation)?.shift();
    const { write, finish, key } = await openTestAsset(
      await openContext(client, server.bucketName, { clock }),
      asset,
    );
    await write(content);
    await finish();
    return server.bucket.objects.get(key)?.content;
  };
  return { server, client, store };
}

describe("faults that pass", () => {
  test.for<[string, S3Fault]>([
    ["SlowDown", S3_FAULTS.slowDown],
    ["an internal error", S3_FAULTS.internal],
    ["a connection that breaks before the request takes effect", { drop: "before" }],
    ["a connection that breaks after it", { drop: "after" }],
    ["a connection that breaks in the answer", { drop: "body" }],
  ])("%s, at each request", async ([, fault]) => {
    const { store } = await start();
    const faults = [fault, fault];
    const stored = await store({
      ListObjectsV2: faults,
      ListMultipartUploads: faults,
      CreateMultipartUpload: faults,
      UploadPart: faults,
      CompleteMultipartUpload: faults,
    });
    expect(stored?.equals(content)).toBe(true);
  });

  test("wait longer each time, by a random part", async () => {
    const clock = new TestClock();
    const { store } = await start();
    await store({ ListObjectsV2: [S3_FAULTS.slowDown, S3_FAULTS.slowDown, S3_FAULTS.internal] }, clock);
    for (const [index, longest] of [1000, 2000, 4000].entries()) {
      expect(clock.retryDelays[index]).toBeGreaterThanOrEqual(longest / 2);
      expect(clock.retryDelays[index]).toBeLessThanOrEqual(longest);
    }
    expect(clock.retryDelays).toHaveLength(3);
  });

  test("of a commit, whose answers are lost", async () => {
    const { server, client } = await start();
    const { objects } = await openContext(client, server.bucketName);
    const files = { manifest: Buffer.from("{}"), signature: Buffer.from("s") };
    const lost = new Set<string>();
    server.onRequest = ({ operation, key }) => {
      if (operation !== "PutObject" || lost.has(key)) return undefined;
      lost.add(key);
      return { drop: "after" };
    };
    const replaces = await readPlacedFiles(objects, "p/");
    expect(await commitPackage({ objects, prefix: "p/", files, replaces })).toBe(true);
    expect(server.bucket.get("p/manifest.json").content).toEqual(files.manifest);
  });
});

describe("without permission to list uploads or parts, nothing is resumed", () => {
  test.for<S3Operation>(["ListMultipartUploads", "ListParts"])("%s", async (denied) => {
    const { server, client } = await start();
    const killed = await openTestAsset(await openContext(client, server.bucketName), asset);
    await killed.write(content, 0, 6 * MIB);
    await killed.writer.close();
    server.onRequest = ({ operation }) => (operation === denied ? S3_FAULTS.denied : undefined);
    const { writer } = await openTestAsset(await openContext(client, server.bucketName), asset);
    expect(writer.kept).toEqual([]);
  });
});

describe("faults that stay are one line with the next step, without a key", () => {
  async function messageOf(promise: Promise<unknown>): Promise<string> {
    const error = await failure(promise);
    expect(error).toBeInstanceOf(IngestError);
    expect(error).toMatchObject({ reason: "store" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/fake-access-key|fake-secret|X-Amz/i);
    return error instanceof Error ? error.message : "";
  }

  test.for<[S3Operation, S3Fault, string]>([
    ["PutObject", S3_FAULTS.denied, "permission denied for PutObject. Allow s3:PutObject in the policy"],
    ["ListObjectsV2", S3_FAULTS.denied, "permission denied for ListObjectsV2. Allow s3:ListBucket"],
    ["ListObjectsV2", S3_FAULTS.clockSkew, "this machine's clock differs too much from the store's. Set the"],
    ["ListObjectsV2", S3_FAULTS.expired, "the credentials have expired. Renew them (ExpiredToken, HTTP 400)"],
    ["PutObject", S3_FAULTS.slowDown, "the store asks for fewer requests. Run again later, or with less"],
    ["PutObject", S3_FAULTS.internal, "the store failed to answer PutObject. Run again later"],
    ["PutObject", { drop: "before" }, "the endpoint cannot be reached. Check the client's endpoint"],
    ["ListObjectsV2", { status: 301, code: "PermanentRedirect" }, "the bucket is in another region. Set the"],
    ["PutObject", { status: 507, code: "XMinioStorageFull" }, "the store is full, or a quota is used up"],
    ["PutObject", { status: 501, code: "NotImplemented" }, "the store does not support PutObject"],
    ["PutObject", { status: 400, code: "InvalidRequest" }, "the store refused PutObject. Check that"],
  ])("%s: %o", async ([operation, fault, expected]) => {
    const { server, client } = await start();
    server.onRequest = (request) => (request.operation === operation ? fault : undefined);
    const info = { contentType: "text/plain", metadata: {} };
    const run = async () => {
      const { objects } = await openContext(client, server.bucketName);
      await objects.put("p/k", { bytes: Buffer.from("1") }, info);
    };
    const message = await messageOf(run());
    expect(message).toContain(expected);
    expect(message).toMatch(
      /^s3:\/\/packages\/p\/.*Run again afterwards: what an ingest has uploaded stays\.$/,
    );
  });

  test("a wrong bucket, a wrong access key, no credentials, no server", async () => {
    const { server, client } = await start();
    expect(await messageOf(openContext(client, "other"))).toContain(
      "the bucket does not exist. Check its name",
    );
    const wrong = server.client({ credentials: { accessKeyId: "AKIAWRONG", secretAccessKey: "wrong" } });
    const refused = "the store does not accept the credentials, or there are none (InvalidAccessKeyId";
    expect(await messageOf(openContext(wrong, server.bucketName))).not.toContain("AKIAWRONG");
    expect(await messageOf(openContext(wrong, server.bucketName))).toContain(refused.slice(0, 60));
    const none = server.client({
      credentials: async () => {
        throw Object.assign(new Error("fake-secret"), { name: "CredentialsProviderError" });
      },
    });
    expect(await messageOf(openContext(none, server.bucketName))).toContain("(CredentialsProviderError)");
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const nobody = s3ClientFor("http://127.0.0.1:1", { credentials, maxAttempts: 1 });
    expect(await messageOf(openContext(nobody, "b"))).toContain(
      "cannot be reached. Check the client's endpoint",
    );
  });

  test("an object that cannot be deleted", async () => {
    const { server, client } = await start();
    server.onRequest = ({ operation }) => (operation === "DeleteObjects" ? S3_FAULTS.denied : undefined);
    const { objects } = await openContext(client, server.bucketName);
    expect(await messageOf(objects.delete(["p/a"]))).toContain("Allow s3:DeleteObject in the policy");
  });
});

test("an abort ends what is under way with its reason", async () => {
  const { server, client } = await start();
  const stop = new AbortController();
  const context = await openContext(client, server.bucketName, { signal: stop.signal });
  const { write, writer } = await openTestAsset(context, asset);
  server.onRequest = ({ operation }) => {
    if (operation === "UploadPart") stop.abort(new Error("mine"));
    return undefined;
  };
  await expect(write(content)).rejects.toThrow("mine");
  await writer.close();
});
