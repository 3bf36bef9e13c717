import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { type PackageStore, removePackage } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import { failure } from "../../support/client.js";
import { virtualContext } from "../support/contexts.js";
import { a, app, b, d } from "../support/existing-package.js";
import { temporaryFolder } from "../support/folders.js";
import { type ServedAsset, sendRange, servePackage, variant } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";
import { TEST_SERVERS } from "./support/servers.js";

const large = variant("large", 21_000_000, 10_485_760);

async function contentOf(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString("base64")) ?? "";
}

async function pathsIn(store: PackageStore): Promise<string[]> {
  return [...(await store.list(virtualContext())).keys()].sort();
}

describe.for(TEST_SERVERS)("a package in a bucket of $name", ({ open }) => {
  /** A package's server, and an empty store for it. */
  async function start(assets: readonly ServedAsset[] = [a, b]) {
    const { bucket, client } = await open();
    const server = await servePackage(assets);
    const publish = (revision: number, next: readonly ServedAsset[]) =>
      server.publish(next, { ...app, distributionPackageRevision: revision });
    publish(1, assets);
    const s3 = client();
    const storeAt = (prefix: string) => s3Store({ client: s3, bucket, prefix });
    const store = storeAt("packages/1");
    const ingest = (more: object = {}) =>
      ingestPackage(server.client, { versionId: "version", store, ...more });
    const downloaded = () => server.downloads.splice(0).map(({ id }) => id);
    return { bucket, s3, server, publish, store, storeAt, ingest, downloaded };
  }

  test("is complete, has a location, and is valid in every byte", async () => {
    const { bucket, s3, store, ingest } = await start([a, large, d]);
    const { location, directory, assets } = await ingest();
    expect([location, directory]).toEqual([`s3://${bucket}/packages/1/`, undefined]);
    expect(assets.map(({ reused, resumedBytes }) => [reused, resumedBytes])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
    expect(await verifyPackage(store)).toMatchObject({ valid: true });
    const key = "packages/1/variant/large.ipa";
    expect((await contentOf(s3, bucket, key)) === large.content.toString("base64")).toBe(true);
  });

  test("is not changed by a second ingest, and a new revision fetches only what is new", async () => {
    const { server, store, ingest, publish } = await start();
    await ingest();
    server.cdn.length = 0;
    expect((await ingest()).assets.map(({ reused }) => reused)).toEqual([true, true]);
    expect(server.downloads).toEqual([]);
    publish(2, [b, d]);
    const { assets } = await ingest();
    expect(assets.map(({ id, reused }) => [id, reused])).toEqual([
      ["b", true],
      ["d", false],
    ]);
    expect(server.downloads.map(({ id }) => id)).toEqual(["d"]);
    expect(await verifyPackage(store)).toMatchObject({ valid: true });
    expect(await pathsIn(store)).toEqual(["delta/d.ipa", "manifest.json", "signature", "variant/b.ipa"]);
  });

  test("takes assets from another prefix inside the store", async () => {
    const { server, store, storeAt, ingest } = await start([a, large]);
    await ingest();
    server.cdn.length = 0;
    const other = storeAt("packages/10");
    const { assets } = await ingest({ store: other, reuse: store });
    expect(assets.map(({ reused }) => reused)).toEqual([true, true]);
    expect(server.downloads).toEqual([]);
    expect(await verifyPackage(other)).toMatchObject({ valid: true });
    expect(await pathsIn(store)).toHaveLength(4);
  });

  test("that was damaged is found by verify, and repaired by the next ingest", async () => {
    const { bucket, s3, store, ingest } = await start();
    await ingest();
    const damaged = { Bucket: bucket, Key: "packages/1/variant/a.ipa" };
    await s3.send(new PutObjectCommand({ ...damaged, Body: Buffer.alloc(a.content.length) }));
    await s3.send(new PutObjectCommand({ ...damaged, Key: "packages/1/variant/extra.ipa", Body: "x" }));
    expect(await verifyPackage(store)).toMatchObject({
      valid: false,
      added: ["variant/extra.ipa"],
      corrupt: [{ path: "variant/a.ipa", chunk: 0 }],
    });
    expect((await ingest()).assets.map(({ reused }) => reused)).toEqual([false, true]);
    expect(await verifyPackage(store)).toMatchObject({ valid: true });
  });

  test("is not replaced by an older revision, or where something else is", async () => {
    const { bucket, s3, store, ingest, publish } = await start();
    publish(2, [a, b]);
    await ingest();
    publish(1, [a]);
    expect(await failure(ingest())).toMatchObject({ reason: "older-version" });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "packages/1/index.html", Body: "x" }));
    for (const work of [ingest, () => removePackage(store)]) {
      const error = await failure(work());
      expect(error).toMatchObject({ reason: "target" });
      expect(String(error)).toContain('contains "index.html", which is not part of a package');
    }
  });

  test("is removed with what unfinished ingests left; a longer prefix stays", async () => {
    const { store, storeAt, ingest } = await start();
    await ingest();
    const other = storeAt("packages/10/");
    await ingest({ store: other });
    await removePackage(store);
    await removePackage(store);
    expect(await pathsIn(store)).toEqual([]);
    expect(await verifyPackage(store)).toMatchObject({
      valid: false,
      missing: ["manifest.json", "signature"],
    });
    expect(await verifyPackage(other)).toMatchObject({ valid: true });
  });

  test("gives its key blobs to another store, never to its own", async () => {
    const { bucket, s3, server, store, storeAt, ingest } = await start();
    await ingest({ keyBlobs: storeAt("private/1") });
    const text = Buffer.from(await contentOf(s3, bucket, "private/1/key-blobs.json"), "base64").toString();
    expect(JSON.parse(text)).toMatchObject({
      format: 1,
      versionId: "version",
      assets: [{ id: "a" }, { id: "b" }],
    });
    server.api.length = 0;
    for (const keyBlobs of [store, storeAt("packages"), storeAt("packages/1/keys"), storeAt("")]) {
      await expect(ingest({ keyBlobs })).rejects.toThrow(/^keyBlobs: expected a store outside s3:/);
    }
    expect(server.api).toEqual([]);
  });

  test("gives its key blobs to a file", async () => {
    const { ingest } = await start();
    const keyBlobs = join(temporaryFolder(), "private", "blobs.json");
    await ingest({ keyBlobs });
    expect(JSON.parse(readFileSync(keyBlobs, "utf8"))).toMatchObject({ assets: [{ id: "a" }, { id: "b" }] });
  });

  test("can be ingested by several workers at once", async () => {
    const { store, ingest } = await start([a, b, d]);
    const results = await Promise.all([ingest(), ingest(), ingest()]);
    expect(results.map(({ assets }) => assets.length)).toEqual([3, 3, 3]);
    expect(await verifyPackage(store)).toMatchObject({ valid: true });
  });

  test("stays when a worker that began earlier comes too late with another one", async () => {
    const { server, store, ingest, publish } = await start([a]);
    await ingest();
    publish(2, [a, d]);
    let newer: Promise<unknown> | undefined;
    server.onCdn = ({ headers }, response, { id, content }) => {
      if (id !== "d") return false;
      publish(3, [a, b]);
      newer = ingest().finally(() => sendRange(response, content, headers.range));
      return true;
    };
    const error = await failure(ingest());
    expect(error).toMatchObject({ reason: "busy" });
    expect(String(error)).toContain("another worker stored another package meanwhile. Run again.");
    await newer;
    const manifest = { distributionPackageRevision: 3 };
    expect(await verifyPackage(store)).toMatchObject({ missing: [], corrupt: [], manifest });
    server.onCdn = () => false;
    await ingest();
    expect(await verifyPackage(store)).toMatchObject({ valid: true, manifest });
  });
});

test.for([
  [
    { client: {}, bucket: "b", prefix: "p" },
    "client: expected an S3Client of @aws-sdk/client-s3, got object",
  ],
  [
    { client: undefined, bucket: "b", prefix: "p" },
    "client: expected an S3Client of @aws-sdk/client-s3, got undefined",
  ],
] as const)("wrong options of s3Store are named", ([options, message]) => {
  // Wrong on purpose, as a JavaScript caller may pass them.
  expect(() => s3Store(options as never)).toThrow(new TypeError(message));
});
