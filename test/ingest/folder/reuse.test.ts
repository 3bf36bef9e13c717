import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/clock.js";
import { AssetFile } from "../../../src/ingest/folder/asset-file.js";
import { failure } from "../../support/client.js";
import { a, app, b, d, existingPackage, flipBit } from "../support/existing-package.js";
import { contentsOf, temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

test("reuse links what is right, downloads the rest, and does not change the other folder", async () => {
  const { server, folder, directory: other } = await existingPackage();
  flipBit(join(other, "variant/b.ipa"), 1500);
  chmodSync(join(other, "variant/a.ipa"), 0o444);
  const before = contentsOf(other);
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  const directory = join(folder, "next");
  const result = await ingestPackage(server.client, { versionId: "version", directory, reuse: other });
  expect(result.assets.map(({ id, reused }) => [id, reused])).toEqual([
    ["a", true],
    ["b", false],
    ["d", false],
  ]);
  expect(server.downloads.map(({ id, range }) => `${id} ${range}`).sort()).toEqual([
    "b undefined",
    "d undefined",
  ]);
  expect(statSync(join(directory, "variant/a.ipa")).ino).toBe(statSync(join(other, "variant/a.ipa")).ino);
  expect(contentsOf(other)).toEqual(before);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test.skipIf(process.platform === "win32")(
  "a file that its group can change is copied, or linked where new files are no safer",
  async () => {
    const { server, folder, directory: other } = await existingPackage();
    const source = join(other, "variant/a.ipa");
    chmodSync(source, 0o664);
    const umask = process.umask();
    onTestFinished(() => void process.umask(umask));
    const isLinked = async (mask: number) => {
      process.umask(mask);
      const directory = join(folder, `next-${mask}`);
      const { assets } = await ingestPackage(server.client, {
        versionId: "version",
        directory,
        reuse: other,
      });
      expect(assets.every(({ reused }) => reused)).toBe(true);
      return statSync(join(directory, "variant/a.ipa")).ino === statSync(source).ino;
    };
    expect([await isLinked(0o022), await isLinked(0o002)]).toEqual([false, true]);
  },
);

test("a linked file that cannot be replaced is closed once, so that the error is the one that counts", async () => {
  const { folder, directory: other } = await existingPackage();
  const root = join(folder, "next");
  mkdirSync(join(root, "variant"), { recursive: true });
  const { signal } = new AbortController();
  const asset = { path: "variant/a.ipa", bytes: a.content.length, chunkSize: 1, digests: [] };
  const file = await AssetFile.open(
    { ...asset, algorithm: "sha256" },
    {
      root,
      reuseFolders: [other],
      check: { isRight: () => false, onDropped: () => {} },
      context: { signal, clock: systemClock },
    },
  );
  rmSync(root, { recursive: true });
  expect(await failure(file.readBack(() => {}))).toMatchObject({ code: "ENOENT" });
  await file.close();
});

test("a reuse folder that does not exist, or has symbolic links, is ignored", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "other/variant"), { recursive: true });
  writeFileSync(join(folder, "secret"), a.content);
  symlinkSync("../../secret", join(folder, "other/variant/a.ipa"));
  for (const [index, reuse] of [join(folder, "none"), join(folder, "other")].entries()) {
    const directory = join(folder, `p${index}`);
    const { assets } = await ingestPackage(server.client, { versionId: "version", directory, reuse });
    expect(assets[0]?.reused).toBe(false);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  }
});
