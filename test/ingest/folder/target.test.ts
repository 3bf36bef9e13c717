import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { folderStore, removePackage } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { a, app, b, d, existingPackage, flipBit } from "../support/existing-package.js";
import { contentsOf, temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

test("for a complete folder of the same version, nothing is downloaded", async () => {
  const { server, options, directory, folder } = await existingPackage();
  const before = statSync(join(directory, "variant/a.ipa"));
  const { assets } = await ingestPackage(server.client, {
    ...options,
    keyBlobFile: join(folder, "blobs.json"),
  });
  expect(server.downloads).toEqual([]);
  expect(assets.map(({ reused, keyBlob }) => reused && keyBlob !== undefined)).toEqual([true, true]);
  expect(statSync(join(directory, "variant/a.ipa"))).toMatchObject({
    ino: before.ino,
    mtimeMs: before.mtimeMs,
  });
  expect(readdirSync(folder).sort()).toEqual(["blobs.json", "p"]);
});

test.each<[string, (directory: string) => void, string[]]>([
  ["a wrong byte", (at) => flipBit(join(at, "variant/b.ipa"), 1500), ["b"]],
  ["a file cut short", (at) => truncateSync(join(at, "variant/a.ipa"), 100), ["a"]],
  ["a file that is too long", (at) => appendFileSync(join(at, "variant/a.ipa"), "x"), ["a"]],
  ["a missing asset", (at) => rmSync(join(at, "variant/a.ipa")), ["a"]],
  ["a missing manifest", (at) => rmSync(join(at, "manifest.json")), []],
  ["a garbled manifest", (at) => writeFileSync(join(at, "manifest.json"), "{"), []],
  ["another signature", (at) => writeFileSync(join(at, "signature"), "x"), []],
  ["a file that is not an asset", (at) => writeFileSync(join(at, "variant/old.ipa"), "x"), []],
  ["no content", (at) => rmSync(at, { recursive: true }) ?? mkdirSync(at), ["a", "b"]],
  [
    "a link in place of an asset",
    (at) => {
      renameSync(join(at, "variant/a.ipa"), join(at, "../elsewhere.ipa"));
      symlinkSync("../../elsewhere.ipa", join(at, "variant/a.ipa"));
    },
    ["a"],
  ],
])("a folder with %s is rebuilt from its good files", async (_, damage, fetched) => {
  const { server, options, directory } = await existingPackage();
  damage(directory);
  await ingestPackage(server.client, options);
  expect(server.downloads.map(({ id }) => id).sort()).toEqual(fetched);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(Object.keys(contentsOf(directory))).toHaveLength(4);
});

test("an older package is replaced, and its assets are reused", async () => {
  const { server, options, directory } = await existingPackage();
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  const { assets } = await ingestPackage(server.client, options);
  expect(server.downloads.map(({ id }) => id)).toEqual(["d"]);
  expect(assets.map(({ reused }) => reused)).toEqual([true, true, false]);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test.each([
  [
    "a newer revision",
    { ...app, distributionPackageRevision: 0 },
    "older-version",
    /newer revision of this package \(1, not 0\)/,
  ],
  [
    "another app's package",
    { ...app, appleItemId: "2", distributionPackageRevision: 9 },
    "target",
    /another app/,
  ],
])("%s is left as it is", async (_, head, reason, message) => {
  const { server, options, directory } = await existingPackage();
  const before = contentsOf(directory);
  server.publish([a, d], head);
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ reason, message: expect.stringMatching(message) });
  expect(contentsOf(directory)).toEqual(before);
  expect(server.downloads).toEqual([]);
});

test.each<[string, (target: string) => void]>([
  ["a file", (at) => writeFileSync(at, "mine")],
  ["a folder of other things", (at) => writeFileSync(join(mkdir(at), "index.html"), "mine")],
  [
    "a website with a manifest.json",
    (at) =>
      writeFileSync(join(mkdir(at), "manifest.json"), "{}") ?? writeFileSync(join(at, "index.html"), "mine"),
  ],
  ["a link to a folder", (at) => symlinkSync(mkdir(`${at}-real`), at)],
  ["a link to nowhere", (at) => symlinkSync("nowhere", at)],
])("%s is neither replaced nor removed", async (_, put) => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  const directory = join(folder, "p");
  put(directory);
  const before = readdirSync(folder, { recursive: true });
  const error = await failure(ingestPackage(server.client, { versionId: "version", directory }));
  expect(error).toMatchObject({ name: "IngestError", reason: "target" });
  expect(server.api).toEqual([]);
  expect(await failure(removePackage(directory))).toMatchObject({ reason: "target" });
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
});

function mkdir(path: string): string {
  mkdirSync(path);
  return path;
}

test("after a kill between the two renames, the earlier package is back until the new one is ready", async () => {
  const { server, options, directory, folder } = await existingPackage();
  const staging = join(folder, ".p.ingest");
  mkdirSync(staging);
  renameSync(directory, join(staging, "replaced"));
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  let seen = false;
  server.onCdn = () => {
    seen ||= existsSync(join(directory, "manifest.json"));
    return false;
  };
  await ingestPackage(server.client, options);
  expect(seen).toBe(true);
  expect(readdirSync(folder)).toEqual(["p"]);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("a target inside another package is refused, also through a link, and the package stays valid", async () => {
  const { server, directory, folder } = await existingPackage();
  const before = readdirSync(directory, { recursive: true });
  symlinkSync(join(directory, "variant"), join(folder, "link"));
  for (const inside of [join(directory, "variant"), join(directory, "sub/new/p"), join(folder, "link/p")]) {
    for (const place of [{ directory: inside }, { store: folderStore(inside) }]) {
      const error = await failure(ingestPackage(server.client, { versionId: "version", ...place }));
      expect(error).toBeInstanceOf(TypeError);
      expect(`${error}`).toContain(`directory: expected a path outside the package ${directory}, got `);
    }
  }
  expect(readdirSync(directory, { recursive: true })).toEqual(before);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("a parent that cannot be created is an error that names it", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const directory = join(folder, "file", "p");
  const error = await failure(ingestPackage(server.client, { versionId: "version", directory }));
  expect(error).toMatchObject({ name: "IngestError", reason: "disk" });
  expect((error as Error).message).toContain(join(folder, "file"));
  expect(server.api).toEqual([]);
});

test("a very long name works", async () => {
  const server = await servePackage([a]);
  const directory = join(temporaryFolder(), "n".repeat(250));
  await ingestPackage(server.client, { versionId: "version", directory });
  expect(basename(directory)).toHaveLength(250);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});
