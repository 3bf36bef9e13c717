import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { ingestPackage, removePackage, verifyPackage } from "../../src/ingest/index.js";
import { failure } from "../support/client.js";
import { contentsOf, temporaryFolder } from "./support/folders.js";
import { delta, servePackage, variant } from "./support/package-server.js";

const a = variant("a", 5000);
const b = variant("b", 70_000, 1000);
const d = delta("d", 3000);
const app = { bundleId: "com.example", appleItemId: "1", appleVersionId: "7" };

/** A server, and a complete package of its first version at `directory`. */
async function standing() {
  const server = await servePackage([a, b]);
  server.publish([a, b], { ...app, distributionPackageRevision: 1 });
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p") };
  await ingestPackage(server.client, options);
  server.cdn.length = 0;
  return { server, folder, options, directory: options.directory };
}

function flip(file: string, at: number): void {
  const content = readFileSync(file);
  content[at] = (content[at] ?? 0) ^ 1;
  writeFileSync(file, content);
}

test("a complete folder of the same version is success without a download", async () => {
  const { server, options, directory, folder } = await standing();
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
  ["a wrong byte", (at) => flip(join(at, "variant/b.ipa"), 1500), ["b"]],
  ["a file cut short", (at) => truncateSync(join(at, "variant/a.ipa"), 100), ["a"]],
  ["a file that goes on", (at) => appendFileSync(join(at, "variant/a.ipa"), "x"), ["a"]],
  ["a missing asset", (at) => rmSync(join(at, "variant/a.ipa")), ["a"]],
  ["a missing manifest", (at) => rmSync(join(at, "manifest.json")), []],
  ["a garbled manifest", (at) => writeFileSync(join(at, "manifest.json"), "{"), []],
  ["another signature", (at) => writeFileSync(join(at, "signature"), "x"), []],
  ["an asset too many", (at) => writeFileSync(join(at, "variant/old.ipa"), "x"), []],
  ["nothing in it", (at) => rmSync(at, { recursive: true }) ?? mkdirSync(at), ["a", "b"]],
  [
    "a link in place of an asset",
    (at) => {
      renameSync(join(at, "variant/a.ipa"), join(at, "../elsewhere.ipa"));
      symlinkSync("../../elsewhere.ipa", join(at, "variant/a.ipa"));
    },
    ["a"],
  ],
])("a folder with %s is rebuilt from its good files", async (_, damage, fetched) => {
  const { server, options, directory } = await standing();
  damage(directory);
  await ingestPackage(server.client, options);
  expect(server.downloads.map(({ id }) => id)).toEqual(fetched);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(Object.keys(contentsOf(directory))).toHaveLength(4);
});

test("an older package is replaced, its assets taken over", async () => {
  const { server, options, directory } = await standing();
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
    /newer revision of this package \(1, not 0\)/,
  ],
  ["another app's package", { ...app, appleItemId: "2", distributionPackageRevision: 9 }, /another app/],
])("%s is left as it is", async (_, head, message) => {
  const { server, options, directory } = await standing();
  const before = contentsOf(directory);
  server.publish([a, d], head);
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ reason: "target", message: expect.stringMatching(message) });
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

test("reuse takes over by hard link what is right, fetches the rest, and leaves the donor alone", async () => {
  const { server, folder, directory: donor } = await standing();
  flip(join(donor, "variant/b.ipa"), 1500);
  chmodSync(join(donor, "variant/a.ipa"), 0o444);
  const before = contentsOf(donor);
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  const directory = join(folder, "next");
  const result = await ingestPackage(server.client, { versionId: "version", directory, reuse: donor });
  expect(result.assets.map(({ id, reused }) => [id, reused])).toEqual([
    ["a", true],
    ["b", false],
    ["d", false],
  ]);
  expect(server.downloads.map(({ id, range }) => `${id} ${range}`).sort()).toEqual([
    "b undefined",
    "d undefined",
  ]);
  expect(statSync(join(directory, "variant/a.ipa")).ino).toBe(statSync(join(donor, "variant/a.ipa")).ino);
  expect(contentsOf(donor)).toEqual(before);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("a linked file in staging that went bad is not repaired in place", async () => {
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

test("reuse of a folder that is not there, or of links, is no harm", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "donor/variant"), { recursive: true });
  writeFileSync(join(folder, "secret"), a.content);
  symlinkSync("../../secret", join(folder, "donor/variant/a.ipa"));
  for (const [index, reuse] of [join(folder, "none"), join(folder, "donor")].entries()) {
    const directory = join(folder, `p${index}`);
    const { assets } = await ingestPackage(server.client, { versionId: "version", directory, reuse });
    expect(assets[0]?.reused).toBe(false);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  }
});

test("what stands in staging is kept only if it is this package's, links never", async () => {
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

test("bytes on disk that are not the asset's are found out, and too many cut off", async () => {
  const server = await servePackage([a, b]);
  const folder = temporaryFolder();
  const staged = join(folder, ".p.ingest/package/variant");
  mkdirSync(staged, { recursive: true });
  // As a power cut leaves it: the length is there, the bytes are not.
  writeFileSync(join(staged, "a.ipa"), Buffer.concat([a.content.subarray(0, 1000), Buffer.alloc(500)]));
  writeFileSync(join(staged, "b.ipa"), Buffer.concat([b.content, Buffer.from("tail")]));
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") });
  expect(server.downloads.map(({ id, range }) => [id, range])).toEqual([
    ["a", "bytes=1500-4999"],
    ["a", undefined],
  ]);
  expect(await verifyPackage(join(folder, "p"))).toMatchObject({ valid: true });
});

test("a kill between the two renames is mended: the earlier package is back until the new one is ready", async () => {
  const { server, options, directory, folder } = await standing();
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

test("removePackage takes a folder down whole, with what an unfinished ingest left", async () => {
  const { folder, directory } = await standing();
  mkdirSync(join(folder, ".p.ingest/removed"), { recursive: true });
  await removePackage(directory);
  expect(readdirSync(folder)).toEqual([]);
  await removePackage(directory);
  await removePackage(join(folder, "no/such"));
  expect(readdirSync(folder)).toEqual([]);
});

test("removePackage after a kill between two renames leaves nothing", async () => {
  const { folder, directory } = await standing();
  mkdirSync(join(folder, ".p.ingest"));
  renameSync(directory, join(folder, ".p.ingest/replaced"));
  await removePackage(directory);
  expect(readdirSync(folder)).toEqual([]);
});

test("the parent is created, and a parent that cannot be is a clear error", async () => {
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
