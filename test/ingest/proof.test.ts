import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import bplistCreator from "bplist-creator";
import { expect, test } from "vitest";
import type { IngestOptions } from "../../src/ingest/index.js";
import { failure } from "../support/client.js";
import { flipBit } from "./support/existing-package.js";
import { STALL_TIMEOUT } from "./support/faulty-cdn.js";
import { temporaryFolder } from "./support/folders.js";
import {
  delta,
  manifestOf,
  type ServedAsset,
  servePackage,
  signedZip,
  variant,
} from "./support/package-server.js";
import { packageZip } from "./support/raw-zip.js";
import { signContent, signedList } from "./support/signing.js";
import { TestClock } from "./support/test-clock.js";
import { ingest, ingestPackage, verifyPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** A manifest as Apple made them from 2024-08 to 2025-07: its digests are of the content before it was encrypted. */
function withoutDigests(list: readonly ServedAsset[]) {
  const text = JSON.stringify(manifestOf(list));
  const digests = /"encryptedChunkDigests":\[("[^\]]*)\]/g;
  return JSON.parse(text.replace(digests, '"encryptedChunkDigests":[],"unencryptedChunkDigests":[$1]'));
}

function options(more: { directory?: string; signature?: NonNullable<IngestOptions["signature"]> } = {}) {
  return { versionId: "version", directory: join(temporaryFolder(), "p"), ...more };
}

test("without chunk digests, the signature's hashes prove the assets", async () => {
  const server = await servePackage(assets, { manifest: withoutDigests(assets) });
  const choice = options();
  const result = await ingestPackage(server.client, choice);
  expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual(["hash2", "hash2", "hash2"]);
  expect(result.checksumMismatches).toEqual([]);
  expect(await verifyPackage(choice.directory)).toMatchObject({ valid: true });
  const again = await ingestPackage(server.client, choice);
  expect(again.assets.map(({ checkedBy, reused }) => [checkedBy, reused])).toEqual(
    Array(3).fill(["hash2", true]),
  );
  flipBit(join(choice.directory, "variant/b.ipa"), 1500);
  expect(await verifyPackage(choice.directory)).toMatchObject({
    valid: false,
    corrupt: [
      { path: "variant/b.ipa", reason: expect.stringMatching(/^expected sha256 .* as the signature says/) },
    ],
  });
});

test("digests by an unknown algorithm prove nothing: the signature does, and without it the package is refused", async () => {
  const unknown = JSON.parse(JSON.stringify(manifestOf(assets)).replaceAll('"sha256"', '"sha3000"'));
  const server = await servePackage(assets, { manifest: unknown });
  const choice = options();
  const result = await ingestPackage(server.client, choice);
  expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual(["hash2", "hash2", "hash2"]);
  expect(await verifyPackage(choice.directory)).toMatchObject({ valid: true });
  server.cdn.length = 0;
  server.zip = packageZip(unknown);
  const error = await failure(ingestPackage(server.client, options({ signature: "report" })));
  expect(error).toMatchObject({ reason: "corrupt", path: "variant/a.ipa" });
  expect(server.downloads).toEqual([]);
});

test("wrong bytes without chunk digests are fetched again, and given up", async () => {
  const server = await servePackage(assets, { manifest: withoutDigests(assets) });
  const wrong = Buffer.from(assets[0]?.content ?? "");
  wrong[5] = (wrong[5] ?? 0) ^ 1;
  server.onCdn = (_request, response, { id }) => id === "a" && !!response.end(wrong);
  const error = await failure(
    ingest(server.client, { ...options(), stallTimeout: STALL_TIMEOUT }, new TestClock()),
  );
  expect(error).toMatchObject({ reason: "corrupt", path: "variant/a.ipa" });
});

test("an invalid signature ends an ingest before the first asset", async () => {
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const choice = options({ directory: join(folder, "p") });
  for (const [zip, reason] of [
    [packageZip(manifestOf(assets)), "malformed"],
    [signedZip(manifestOf(assets), assets.slice(1)), "resources"],
    [packageZip(manifestOf(assets), [], signContent(bplistCreator(signedList("{}", assets)))), "manifest"],
  ] as const) {
    server.zip = zip;
    const error = await failure(ingestPackage(server.client, choice));
    expect(error).toMatchObject({ name: "IngestError", reason: "signature" });
    expect(error).toHaveProperty("message", expect.stringContaining(`(signature: ${reason})`));
    expect(server.downloads).toEqual([]);
  }
  expect(await failure(ingestPackage(server.client, { ...choice, trust: undefined }))).toMatchObject({
    reason: "signature",
  });
  // Nothing of it is kept: once Apple has signed the package, the same ingest works.
  server.zip = signedZip(manifestOf(assets), assets);
  expect((await ingestPackage(server.client, choice)).signature.valid).toBe(true);
});

test("a zip in staging with an invalid signature is downloaded again", async () => {
  const server = await servePackage(assets);
  server.zip = packageZip(manifestOf(assets));
  const choice = options();
  server.onCdn = (_request, response, { id }) => id !== "zip" && !!response.writeHead(403).end();
  const clock = new TestClock();
  expect(
    await failure(
      ingest(server.client, { ...choice, signature: "report", stallTimeout: STALL_TIMEOUT }, clock),
    ),
  ).toMatchObject({
    reason: "download",
  });
  server.onCdn = () => false;
  server.zip = signedZip(manifestOf(assets), assets);
  expect((await ingestPackage(server.client, choice)).signature.valid).toBe(true);
});

test("signature report ingests a package with an invalid signature, and says so", async () => {
  const server = await servePackage(assets);
  server.zip = packageZip(manifestOf(assets));
  const choice = options({ signature: "report" });
  const result = await ingestPackage(server.client, choice);
  expect(result).toMatchObject({ signature: { valid: false, reason: "malformed" }, signedAt: undefined });
  expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual(["chunks", "chunks", "chunks"]);
  expect(readFileSync(join(choice.directory, "signature"), "utf8")).toBe("signed by nobody");
  expect(await verifyPackage(choice.directory)).toMatchObject({ valid: false, corrupt: [] });
  // It is complete, so nothing is downloaded again.
  server.cdn.length = 0;
  expect((await ingestPackage(server.client, choice)).assets.every(({ reused }) => reused)).toBe(true);
  expect(server.downloads).toEqual([]);
});

test("without digests and signature, the API's fileChecksum proves an asset, and without that nothing does", async () => {
  const listed = assets.map((asset) => ({ ...asset, fileChecksum: sha256(asset.content) }));
  const server = await servePackage(listed);
  server.zip = packageZip(withoutDigests(assets));
  const choice = options({ signature: "report" });
  const result = await ingestPackage(server.client, choice);
  expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual(Array(3).fill("fileChecksum"));
  expect(await verifyPackage(choice.directory)).toMatchObject({
    corrupt: [{ path: "variant/a.ipa" }, { path: "variant/b.ipa" }, { path: "delta/d.ipa" }],
  });
  for (const fileChecksum of [undefined, "d41d8cd98f00b204e9800998ecf8427e"]) {
    const other = await servePackage(
      assets.map((asset) => ({ ...asset, ...(fileChecksum && { fileChecksum }) })),
    );
    other.zip = packageZip(withoutDigests(assets));
    rmSync(choice.directory, { recursive: true });
    const error = await failure(ingestPackage(other.client, { ...choice, directory: options().directory }));
    expect(error).toMatchObject({ reason: "corrupt", path: "variant/a.ipa" });
    expect(other.downloads).toEqual([]);
    await ingestPackage(server.client, choice);
  }
});

test.each([
  ["70 chunks", 1],
  ["one chunk", 0],
])("a hash2 that does not fit a file of %s is only reported where the chunks are right", async (_, index) => {
  const chosen = assets[index];
  if (!chosen) throw new Error("no asset");
  const { id, content } = chosen;
  const other = Buffer.from("other");
  const signed = assets.map((asset) => (asset === chosen ? { ...asset, content: other } : asset));
  const server = await servePackage(assets, { signed });
  const choice = options();
  const expected = {
    ...{ id, path: `variant/${id}.ipa`, source: "hash2", algorithm: "sha256" },
    ...{ expected: sha256(other), found: sha256(content) },
  };
  const result = await ingestPackage(server.client, choice);
  expect(result.checksumMismatches).toEqual([expected]);
  expect(result.assets[index]?.checkedBy).toBe("chunks");
  expect((await ingestPackage(server.client, choice)).checksumMismatches).toEqual([expected]);
  expect(await verifyPackage(choice.directory)).toMatchObject({
    valid: true,
    checksumMismatches: [expected],
  });
});
