import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { folderStore, type PackageStore } from "../../src/ingest/index.js";
import { failure } from "../support/client.js";
import { temporaryFolder } from "./support/folders.js";
import { delta, servePackage, variant } from "./support/package-server.js";
import { ingestPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];

test("key blobs are written to a file outside the folder that only its owner can read", async () => {
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const keyBlobFile = join(folder, "blobs.json");
  writeFileSync(keyBlobFile, "old", { mode: 0o644 });
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p"), keyBlobFile });
  expect(statSync(keyBlobFile).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(keyBlobFile, "utf8"))).toEqual({
    format: 1,
    versionId: "version",
    assets: assets.map(({ kind, id }) => ({
      id,
      kind,
      path: `${kind}/${id}.ipa`,
      keyBlob: Buffer.from(`blob of ${id}`).toString("base64"),
    })),
  });
  expect(readdirSync(folder).sort()).toEqual(["blobs.json", "p"]);
});

test("a key blob file inside the folder is refused, also through a link", async () => {
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const directory = join(folder, "p");
  mkdirSync(directory);
  symlinkSync(directory, join(folder, "link"));
  const inside = [
    join(directory, "blobs.json"),
    join(directory, "..blobs.json"),
    join(folder, "link", "sub", "blobs.json"),
  ];
  for (const keyBlobFile of inside) {
    const ingest = ingestPackage(server.client, { versionId: "version", directory, keyBlobFile });
    await expect(ingest).rejects.toThrow(/^keyBlobFile: expected a path outside /);
  }
  expect(server.api).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

test("a key blob file inside another package is refused", async () => {
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const other = join(folder, "other");
  await ingestPackage(server.client, { versionId: "version", directory: other });
  for (const keyBlobs of [join(other, "blobs.json"), join(other, "variant", "new", "blobs.json")]) {
    const ingest = ingestPackage(server.client, {
      versionId: "version",
      directory: join(folder, "p"),
      keyBlobs,
    });
    await expect(ingest).rejects.toThrow(`keyBlobs: expected a path outside the package ${other}, got `);
  }
  expect(readdirSync(join(other, "variant")).sort()).toEqual(["a.ipa", "b.ipa"]);
});

test("the folder of the key blob file is created, and only its owner can read it", async () => {
  const server = await servePackage([variant("a", 10)]);
  const folder = temporaryFolder();
  const keyBlobFile = join(folder, "private", "keys", "blobs.json");
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p"), keyBlobFile });
  expect(statSync(join(folder, "private")).mode & 0o777).toBe(0o700);
  expect(statSync(keyBlobFile).mode & 0o777).toBe(0o600);
});

test("a folder in place of the key blob file is an error before any request", async () => {
  const server = await servePackage([variant("a", 10)]);
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p"), keyBlobs: folder };
  await expect(ingestPackage(server.client, options)).rejects.toThrow(
    /^keyBlobs: expected the path of a file, got ".+", which is a folder$/,
  );
  expect(server.api).toEqual([]);
});

test("a store for key blobs may be beside the package, under a name that begins with the package's", async () => {
  const server = await servePackage([variant("a", 10)]);
  const directory = join(temporaryFolder(), "p");
  const written: unknown[] = [];
  const keyBlobsAt = (location: string): PackageStore => {
    const writePrivate = async (name: string) => void written.push([location, name]);
    return Object.assign(Object.create(folderStore(location)), { location, writePrivate });
  };
  const ingestInto = (location: string) =>
    ingestPackage(server.client, { versionId: "version", directory, keyBlobs: keyBlobsAt(location) });
  await ingestInto(`${directory}-keys`);
  expect(written).toEqual([[`${directory}-keys`, "key-blobs.json"]]);
  for (const location of [directory, `${directory}/`, `${directory}/keys`, dirname(directory)]) {
    await expect(ingestInto(location)).rejects.toThrow(
      `keyBlobs: expected a store outside ${directory}, got`,
    );
  }
});

test("a key blob file whose folder cannot be created is an error before any request", async () => {
  const server = await servePackage([variant("a", 10)]);
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const keyBlobFile = join(folder, "file", "blobs.json");
  const options = { versionId: "version", directory: join(folder, "p"), keyBlobFile };
  expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "disk" });
  expect(server.api).toEqual([]);
});

// The system's administrator may write everywhere.
test.skipIf(process.platform === "win32" || process.geteuid?.() === 0)(
  "a key blob file in a folder that cannot be written to is an error before any request",
  async () => {
    const server = await servePackage([variant("a", 10)]);
    const folder = temporaryFolder();
    mkdirSync(join(folder, "private"), { mode: 0o500 });
    const keyBlobFile = join(folder, "private", "blobs.json");
    const options = { versionId: "version", directory: join(folder, "p"), keyBlobFile };
    expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "disk" });
    expect(server.api).toEqual([]);
  },
);
