import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { a, b, d } from "../support/existing-package.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
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
