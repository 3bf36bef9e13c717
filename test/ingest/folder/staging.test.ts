import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderStore, type PackageStore } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { a, b, d, flipBit } from "../support/existing-package.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

test("a wrong file in staging that is linked elsewhere is not changed, but replaced", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  const precious = join(folder, "precious.ipa");
  writeFileSync(precious, Buffer.alloc(a.content.length));
  mkdirSync(join(folder, ".p.ingest/package/variant"), { recursive: true });
  linkSync(precious, join(folder, ".p.ingest/package/variant/a.ipa"));
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") });
  expect(readFileSync(precious).every((byte) => byte === 0)).toBe(true);
  expect(await verifyPackage(join(folder, "p"))).toMatchObject({ valid: true });
});

test("staging keeps only the files of this package, and no links", async () => {
  const server = await servePackage([a, b]);
  const folder = temporaryFolder();
  const staged = join(folder, ".p.ingest/package");
  mkdirSync(join(staged, "variant"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "outside/d.ipa"), "mine");
  symlinkSync(join(folder, "outside"), join(staged, "delta"));
  symlinkSync(join(folder, "outside/a.ipa"), join(staged, "variant/a.ipa"));
  writeFileSync(
    join(staged, "variant/b.ipa"),
    Buffer.concat([b.content.subarray(0, 2500), Buffer.from("more")]),
  );
  writeFileSync(join(staged, "variant/old.ipa"), "old");
  writeFileSync(join(staged, "stray"), "stray");
  server.publish([a, b, d]);
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") });
  expect(readdirSync(join(folder, "outside"))).toEqual(["d.ipa"]);
  expect(readFileSync(join(folder, "outside/d.ipa"), "utf8")).toBe("mine");
  expect(await verifyPackage(join(folder, "p"))).toMatchObject({ valid: true });
});

test("a staging folder that is a link is refused", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync("elsewhere", join(folder, ".p.ingest"));
  const ingest = ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") });
  expect(await failure(ingest)).toMatchObject({ reason: "target" });
  expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
});

test("wrong bytes in staging are found, and bytes after the end are cut off", async () => {
  const server = await servePackage([a, b]);
  const folder = temporaryFolder();
  const staged = join(folder, ".p.ingest/package/variant");
  mkdirSync(staged, { recursive: true });
  // As a power failure leaves it: the length is there, the bytes are not.
  writeFileSync(join(staged, "a.ipa"), Buffer.concat([a.content.subarray(0, 1000), Buffer.alloc(500)]));
  writeFileSync(join(staged, "b.ipa"), Buffer.concat([b.content, Buffer.from("tail")]));
  const { assets } = await ingestPackage(server.client, {
    versionId: "version",
    directory: join(folder, "p"),
  });
  expect(assets.map(({ reused, resumedBytes }) => [reused, resumedBytes])).toEqual([
    [false, 0],
    [false, b.content.length],
  ]);
  expect(server.downloads.map(({ id, range }) => [id, range])).toEqual([
    ["a", "bytes=1500-4999"],
    ["a", undefined],
  ]);
  expect(await verifyPackage(join(folder, "p"))).toMatchObject({ valid: true });
});

test("a file that was resumed is read once for all checksums that need the whole of it", async () => {
  const many = variant("many", 4000, 1000);
  const md5 = createHash("md5").update(many.content).digest("hex");
  const server = await servePackage([{ ...many, fileChecksum: md5 }]);
  const directory = join(temporaryFolder(), "p");
  const staged = join(directory, "../.p.ingest/package/variant");
  mkdirSync(join(staged, "../.."), { mode: 0o700 });
  mkdirSync(staged, { recursive: true });
  writeFileSync(join(staged, "many.ipa"), many.content);
  flipBit(join(staged, "many.ipa"), 5);
  const store = folderStore(directory);
  let reads = 0;
  const open: PackageStore["open"] = async (context) => {
    const change = await store.open(context);
    const openAsset = change.openAsset.bind(change);
    change.openAsset = async (...asset) => {
      const writer = await openAsset(...asset);
      const readBack = writer.readBack?.bind(writer);
      writer.readBack = async (update) => {
        reads += 1;
        return (await readBack?.(update)) ?? false;
      };
      return writer;
    };
    return change;
  };
  const counting: PackageStore = Object.assign(Object.create(store), { location: directory, open });
  const result = await ingestPackage(server.client, { versionId: "version", store: counting });
  expect(result.checksumMismatches).toEqual([]);
  expect(result.assets).toMatchObject([{ resumedBytes: 3000 }]);
  // Once for what is right in it, once for the MD5 and the SHA-256 of the whole file.
  expect(reads).toBe(2);
});
