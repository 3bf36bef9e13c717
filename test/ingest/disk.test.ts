import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explainDiskError } from "../../src/ingest/folder/disk.js";
import { Writer } from "../../src/ingest/folder/writer.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { failure } from "../support/client.js";
import { temporaryFolder } from "./support/folders.js";
import { servePackage, variant } from "./support/package-server.js";

test.each([
  ["ENOSPC", "no-space", /the disk is full \(ENOSPC\)/],
  ["EDQUOT", "no-space", /the quota is used up/],
  ["EROFS", "disk", /read-only/],
  ["EACCES", "disk", /permission denied/],
  ["EIO", "disk", /the file system refused \(EIO\)/],
])("%s becomes reason %s, and says what stays", (code, reason, message) => {
  const cause = Object.assign(new Error(code), { code, syscall: "write", path: "/data/p" });
  const error = explainDiskError(cause, "/data/.p.ingest");
  expect(error).toMatchObject({
    name: "IngestError",
    reason,
    cause,
    message: expect.stringMatching(message),
  });
  expect((error as Error).message).toContain("stays in /data/.p.ingest");
});

test("errors that are not the disk's stay as they are", () => {
  for (const error of [new Error("x"), new TypeError("y"), "z", undefined]) {
    expect(explainDiskError(error, "/staging")).toBe(error);
  }
});

test("something in staging's way is an error of the disk, and what was downloaded is used once it is gone", async () => {
  const assets = [variant("a", 20_000), variant("b", 30_000)];
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const options = {
    versionId: "version",
    directory: join(folder, "p"),
    keyBlobFile: join(folder, "blobs.json"),
  };
  // A folder where the key blob file should go: found out after the last download.
  mkdirSync(options.keyBlobFile);
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ name: "IngestError", reason: "disk" });
  expect(readdirSync(folder).sort()).toEqual([".p.ingest", "blobs.json"]);
  expect(server.downloads).toHaveLength(2);
  await ingestPackage(server.client, { ...options, keyBlobFile: join(folder, "other.json") });
  expect(server.downloads).toHaveLength(2);
  expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
});

test("the folder of the key blob file is made, for its owner alone", async () => {
  const server = await servePackage([variant("a", 10)]);
  const folder = temporaryFolder();
  const keyBlobFile = join(folder, "private", "keys", "blobs.json");
  await ingestPackage(server.client, { versionId: "version", directory: join(folder, "p"), keyBlobFile });
  expect(statSync(join(folder, "private")).mode & 0o777).toBe(0o700);
  expect(statSync(keyBlobFile).mode & 0o777).toBe(0o600);
});

test("a key blob file whose folder cannot be made is an error before any request", async () => {
  const server = await servePackage([variant("a", 10)]);
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const keyBlobFile = join(folder, "file", "blobs.json");
  const options = { versionId: "version", directory: join(folder, "p"), keyBlobFile };
  expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "disk" });
  expect(server.api).toEqual([]);
});

test("a writer writes the same when the disk is slow", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const fd = openSync(file, "r+");
  const writer = new Writer(-1);
  expect(writer.write(fd, Buffer.from("quick"), 0)).toBeUndefined();
  await writer.write(fd, Buffer.from(" slow"), 5);
  closeSync(fd);
  expect(readFileSync(file, "utf8")).toBe("quick slow");
});
