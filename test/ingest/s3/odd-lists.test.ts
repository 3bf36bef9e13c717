import { expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { xml } from "../../support/s3/xml.js";
import { virtualContext } from "../support/contexts.js";
import { TestClock } from "../support/test-clock.js";
import { ingest as ingestOn, verifyPackage } from "../support/trusted.js";
import { large, start } from "./support/odd-store.js";

/** A page of a list that never ends. */
const ENDLESS = {
  ListObjectsV2: xml("ListBucketResult", { IsTruncated: true, NextContinuationToken: "again" }),
  ListMultipartUploads: xml("ListMultipartUploadsResult", { IsTruncated: true, NextKeyMarker: "p/a" }),
} as const;

test.for(["ListObjectsV2", "ListMultipartUploads"] as const)("%s without an end is named", async (listed) => {
  const { server, ingest } = await start(large);
  const headers = { "content-type": "application/xml" };
  server.onAnswer = ({ operation }, answer) =>
    operation === listed ? { headers, body: ENDLESS[listed] } : answer;
  const error = await failure(ingest());
  expect(error).toMatchObject({ name: "IngestError", reason: "store" });
  expect(String(error)).toContain(`s3://packages/p/: the list of ${listed} has no end.`);
});

test("what a list has from outside of the prefix is left alone", async () => {
  const { server, store, ingest } = await start();
  await ingest();
  const { bucket } = server;
  bucket.put("q/variant/x.ipa", Buffer.from("x"), {});
  bucket.createUpload("q/variant/x.ipa", {}, 0);
  server.onAnswer = ({ operation }, answer) => {
    const replace = (text: string) => ({
      ...answer,
      body: `${answer.body}`.replaceAll("<Prefix>p/</Prefix>", text),
    });
    if (operation === "ListObjectsV2")
      return replace("<Contents><Key>q/variant/x.ipa</Key><Size>1</Size></Contents>");
    if (operation !== "ListMultipartUploads") return answer;
    const [{ id = "" } = {}] = bucket.uploads.values();
    const Upload = { Key: "q/variant/x.ipa", UploadId: id, Initiated: new Date(0).toISOString() };
    return { ...answer, body: xml("ListMultipartUploadsResult", { Upload }) };
  };
  await ingest();
  expect(await verifyPackage(store)).toMatchObject({ valid: true, added: [] });
  await store.remove(virtualContext());
  expect(bucket.keys("")).toEqual(["q/variant/x.ipa"]);
  expect(bucket.uploads.size).toBe(1);
});

test("open uploads of other programs below the prefix stay open", async () => {
  const { server, store, ingest } = await start();
  server.bucket.createUpload("p/backup/large.tar", {}, 0);
  await ingest();
  await store.remove(virtualContext());
  expect([...server.bucket.uploads.values()].map(({ key }) => key)).toEqual(["p/backup/large.tar"]);
});

test("a list that is not complete and does not say how to go on is refused", async () => {
  const { server, store, ingest } = await start();
  await ingest();
  server.onAnswer = ({ operation }, answer) =>
    operation === "ListObjectsV2"
      ? {
          ...answer,
          body: `${answer.body}`
            .replace("<IsTruncated>false</IsTruncated>", "")
            .replace("</ListBucketResult>", "<IsTruncated>true</IsTruncated></ListBucketResult>"),
        }
      : answer;
  const removed = failure(store.remove(virtualContext()));
  expect(String(await removed)).toContain("the store lists a part of the objects, and not how to go on");
  expect(server.bucket.objects.has("p/manifest.json")).toBe(true);
});

test("open uploads are continued where they are listed for a whole key only, as by MinIO", async () => {
  const { server, served, store } = await start(large);
  server.onAnswer = ({ operation, query }, answer) =>
    operation === "ListMultipartUploads" && query.get("prefix")?.endsWith("/")
      ? { ...answer, body: xml("ListMultipartUploadsResult", {}) }
      : answer;
  const stop = new AbortController();
  server.onRequest = ({ operation, query }) => {
    if (operation === "UploadPart" && query.get("partNumber") === "2") stop.abort(new Error("stopped"));
    return undefined;
  };
  const ingest = (signal?: AbortSignal) =>
    ingestOn(served.client, { versionId: "version", store, concurrency: 1, signal }, new TestClock());
  await expect(ingest(stop.signal)).rejects.toThrow("stopped");
  server.onRequest = undefined;
  const { assets } = await ingest();
  expect(assets.find(({ id }) => id === "large")?.resumedBytes).toBeGreaterThanOrEqual(5_300_000);
  expect(await verifyPackage(store)).toMatchObject({ valid: true });
});

test("sizes that a list does not have are asked for", async () => {
  const { server, store, ingest } = await start();
  server.onAnswer = ({ operation }, answer) =>
    operation === "ListObjectsV2"
      ? { ...answer, body: `${answer.body}`.replace(/<Size>\d+<\/Size>/g, "") }
      : answer;
  await ingest();
  expect(await verifyPackage(store)).toMatchObject({ valid: true });
  expect((await ingest()).assets.every(({ reused }) => reused)).toBe(true);
});

test("a list that is cut off is asked for again, and named if it always is", async () => {
  const { server, store, ingest } = await start();
  let left = 1;
  server.onAnswer = ({ operation }, answer) =>
    operation === "ListObjectsV2" && left-- > 0
      ? { ...answer, body: `${answer.body}`.slice(0, -30) }
      : answer;
  await ingest();
  expect(await verifyPackage(store)).toMatchObject({ valid: true });
  left = Number.POSITIVE_INFINITY;
  expect(String(await failure(ingest()))).toContain(
    "s3://packages/p/: the answer to ListObjectsV2 cannot be read",
  );
});
