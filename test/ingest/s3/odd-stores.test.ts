import { describe, expect, test } from "vitest";
import { MAX_MANIFEST_BYTES } from "../../../src/ingest/package/limits.js";
import { verify } from "../../../src/ingest/verify.js";
import { failure } from "../../support/client.js";
import { xml } from "../../support/s3/xml.js";
import { VirtualClock } from "../../support/virtual-clock.js";
import { virtualContext } from "../support/contexts.js";
import { a, app } from "../support/existing-package.js";
import { trust } from "../support/signing.js";
import { TestClock } from "../support/test-clock.js";
import { verifyPackage } from "../support/trusted.js";
import { openContext } from "./support/asset.js";
import { large, start } from "./support/odd-store.js";

test("an upload that another worker has just begun stays open, although this machine's clock is a day ahead", async () => {
  const { server } = await start();
  server.now = () => Date.now() - 25 * 60 * 60 * 1000;
  server.onAnswer = (_, answer) => {
    const date = new Date(server.now()).toUTCString();
    return { ...answer, headers: { ...answer.headers, date } };
  };
  server.bucket.createUpload("p/variant/old.ipa", {}, server.now() - 25 * 60 * 60 * 1000);
  server.bucket.createUpload("p/variant/new.ipa", {}, server.now());
  const clock = new VirtualClock(Date.now());
  const { uploads } = await openContext(server.client(), server.bucketName, { clock });
  expect((await uploads.list("p/")).map(({ key }) => key)).toEqual(["p/variant/new.ipa"]);
});

test.for([
  ["InternalError", 1, undefined],
  ["AccessDenied", 1, "p/variant/b.ipa: permission denied for DeleteObjects"],
  ["InternalError", Number.POSITIVE_INFINITY, "p/variant/b.ipa: the store failed to answer DeleteObjects"],
] as const)(
  "%s for one of several keys, %d times, is repeated where it may pass",
  async ([code, times, problem]) => {
    const { server, store, ingest } = await start();
    await ingest();
    let left = times;
    const body = xml("DeleteResult", { Error: { Key: "p/variant/b.ipa", Code: code } });
    server.onAnswer = ({ operation }, answer) =>
      operation === "DeleteObjects" && left-- > 0
        ? { headers: { "content-type": "application/xml" }, body }
        : answer;
    const removed = store.remove(virtualContext()).then(() => undefined, String);
    if (problem === undefined) expect(await removed).toBeUndefined();
    else expect(await removed).toContain(problem);
  },
);

test("a worker whose package was replaced before its clean-up deletes nothing", async () => {
  const { server, served, ingest } = await start();
  await ingest();
  served.publish([a], { ...app, distributionPackageRevision: 2 });
  let reads = Number.NaN;
  server.onRequest = ({ operation, key }) => {
    if (key !== "p/manifest.json") return undefined;
    if (operation === "PutObject") reads = 0;
    // The first read after it is that of the commit.
    if (operation === "GetObject" && ++reads === 2)
      server.bucket.put(key, Buffer.from("another worker's"), {});
    return undefined;
  };
  await ingest();
  expect(reads).toBe(2);
  expect(server.bucket.objects.has("p/variant/b.ipa")).toBe(true);
});

test("a package without an ETag is not replaced", async () => {
  const { server, served, ingest } = await start();
  await ingest();
  const before = server.bucket.get("p/manifest.json").content;
  server.onAnswer = ({ operation }, { headers: { etag: _, ...headers } = {}, ...answer }) =>
    operation === "GetObject"
      ? { ...answer, headers }
      : { ...answer, headers: { ...headers, ...(_ && { etag: _ }) } };
  served.publish([a], { ...app, distributionPackageRevision: 2 });
  expect(String(await failure(ingest()))).toContain("the store gave no ETag");
  expect(server.bucket.get("p/manifest.json").content).toEqual(before);
});

test("an upload without an id is an error, and nothing of it becomes the object", async () => {
  const { server, ingest } = await start(large);
  server.onAnswer = ({ operation }, answer) =>
    operation === "CreateMultipartUpload"
      ? { ...answer, body: xml("InitiateMultipartUploadResult", { Key: "p/variant/large.ipa" }) }
      : answer;
  const message = "p/variant/large.ipa: the store gave no id of the upload.";
  expect(String(await failure(ingest()))).toContain(message);
  expect(server.bucket.keys("p/variant/large")).toEqual([]);
});

test("a part that the store has stored wrongly is not completed", async () => {
  const { server, store, ingest } = await start(large);
  server.onAnswer = ({ operation }, answer) =>
    operation === "UploadPart"
      ? { ...answer, headers: { etag: '"0123456789abcdef0123456789abcdef"' } }
      : answer;
  expect(String(await failure(ingest()))).toContain("its upload was ended or changed by another program");
  expect(server.bucket.keys("p/variant/large")).toEqual([]);
  expect(server.bucket.objects.has("p/manifest.json")).toBe(false);
  server.onAnswer = undefined;
  await ingest();
  expect(await verifyPackage(store)).toMatchObject({ valid: true });
});

test.for(["x-amz-checksum-crc32", "x-amz-checksum-sha256", "etag"])(
  "bytes that do not fit the answer's %s are read all the same, or refused, and never found valid when they are wrong",
  async (header) => {
    const { server, store, ingest } = await start();
    await ingest();
    server.onAnswer = ({ operation }, answer) =>
      operation === "GetObject"
        ? { ...answer, headers: { ...answer.headers, [header]: header === "etag" ? '"x"' : "AAAAAA==" } }
        : answer;
    const report = await verify(store, { trust }, new TestClock()).catch(String);
    if (typeof report === "string") expect(report).toContain("IngestError: s3://packages/p/");
    else expect(report).toMatchObject({ valid: true });
    const stored = server.bucket.get("p/variant/a.ipa");
    server.bucket.objects.set("p/variant/a.ipa", { ...stored, content: Buffer.alloc(stored.content.length) });
    const damaged = await verify(store, { trust }, new TestClock()).catch(String);
    if (typeof damaged !== "string") expect(damaged).toMatchObject({ valid: false });
  },
);

describe("answers without a length", () => {
  const headers = { "transfer-encoding": "chunked" };

  test("of a manifest are not read into memory above its limit", async () => {
    const { server, store, ingest } = await start();
    await ingest();
    const huge = Buffer.alloc(MAX_MANIFEST_BYTES + 1, " ");
    server.onAnswer = ({ operation, key }, answer) =>
      operation === "GetObject" && key === "p/manifest.json" ? { headers, body: huge } : answer;
    expect(await verifyPackage(store)).toMatchObject({ valid: false });
  });

  test("that break are read on", async () => {
    const { server, store, ingest } = await start();
    await ingest();
    const broken = new Set<string>();
    server.onAnswer = ({ operation }, answer) =>
      operation === "GetObject" && answer.status === 200
        ? { ...answer, headers: { etag: answer.headers?.etag ?? "", "transfer-encoding": "chunked" } }
        : answer;
    server.onRequest = ({ operation, key }) => {
      if (operation !== "GetObject" || broken.has(key)) return undefined;
      broken.add(key);
      return { drop: "body" };
    };
    expect(await verify(store, { trust }, new TestClock())).toMatchObject({ valid: true });
    expect(broken.size).toBe(4);
  });
});

test("a manifest and a signature that are none are replaced, whatever their size", async () => {
  const { server, store, ingest } = await start();
  for (const name of ["manifest.json", "signature"]) {
    for (const content of [Buffer.alloc(MAX_MANIFEST_BYTES + 1), Buffer.alloc(0), Buffer.from("{}")]) {
      server.bucket.put(`p/${name}`, content, {});
      await ingest();
      expect(await verifyPackage(store)).toMatchObject({ valid: true });
    }
  }
});

test("an object is read on from the right byte where ranges are ignored", async () => {
  const { server, store, ingest } = await start();
  await ingest();
  const broken = new Set<string>();
  server.onRequest = ({ operation, key }) => {
    if (operation !== "GetObject" || broken.has(key)) return undefined;
    broken.add(key);
    return { drop: "body" };
  };
  server.onAnswer = ({ operation, key, headers }, answer) => {
    if (operation !== "GetObject" || headers.range === undefined) return answer;
    const { content, etag } = server.bucket.get(key);
    return { status: 200, headers: { etag }, body: content };
  };
  expect(await verify(store, { trust }, new TestClock())).toMatchObject({ valid: true });
  expect(broken.size).toBe(4);
});

test("every answer that is cut off is asked for again", async () => {
  const { server, store, ingest } = await start(large);
  const cut = new Set<string>();
  server.onRequest = ({ operation, key }) => {
    const request = `${operation} ${key}`;
    if (cut.has(request)) return undefined;
    cut.add(request);
    return { drop: "body" };
  };
  await ingest();
  expect(await verify(store, { trust }, new TestClock())).toMatchObject({ valid: true });
});

test("a file that is answered with a page and 404 is not there", async () => {
  const { server, store, ingest } = await start();
  server.onAnswer = ({ operation }, answer) =>
    operation === "GetObject" && answer.status === 404
      ? { status: 404, headers: { "content-type": "text/html" }, body: "<html><body>Not found" }
      : answer;
  await ingest();
  expect(await verifyPackage(store)).toMatchObject({ valid: true });
});

test.for(["InternalError", "SlowDown", "NoSuchUpload"])(
  "a completion that is answered with 200 and %s completes nothing, or is found complete",
  async (code) => {
    const { server, store, ingest } = await start(large);
    const body = xml("Error", { Code: code });
    const headers = { "content-type": "application/xml" };
    let isCompleted = false;
    server.onRequest = ({ operation }) =>
      operation === "CompleteMultipartUpload" && !isCompleted ? { status: 500, code } : undefined;
    server.onAnswer = ({ operation }, answer) =>
      operation === "CompleteMultipartUpload" ? { headers, body } : answer;
    expect(await failure(ingest())).toMatchObject({ name: "IngestError", reason: "store" });
    expect(server.bucket.keys("p/")).not.toContain("p/variant/large.ipa");
    expect(server.bucket.keys("p/")).not.toContain("p/manifest.json");
    isCompleted = true;
    if (code !== "NoSuchUpload") server.onAnswer = undefined;
    await ingest();
    expect(await verifyPackage(store)).toMatchObject({ valid: true });
  },
);

test.for([
  [
    307,
    "TemporaryRedirect",
    "the store redirects to another address. Check the client's endpoint and region",
  ],
  [501, "NotImplemented", "the store does not support PutObject under a condition"],
] as const)(
  "a PUT under a condition that is answered with %i is explained",
  async ([status, code, message]) => {
    const { server, ingest } = await start();
    server.onRequest = ({ headers }) => (headers["if-none-match"] ? { status, code } : undefined);
    expect(String(await failure(ingest()))).toContain(`s3://packages/p/signature: ${message}`);
  },
);
