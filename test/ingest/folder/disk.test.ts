import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { explainDiskError } from "../../../src/ingest/folder/disk.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

test.each([
  ["ENOSPC", "no-space", /the disk is full \(ENOSPC\)/],
  ["EDQUOT", "no-space", /the quota is used up/],
  ["EROFS", "disk", /read-only/],
  ["EACCES", "disk", /permission denied/],
  ["EIO", "disk", /the file system reported an error \(EIO\)/],
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

test("an error before anything was downloaded does not speak of downloads", () => {
  const cause = Object.assign(new Error("EACCES"), { code: "EACCES", syscall: "mkdir", path: "/data" });
  expect(explainDiskError(cause, undefined)).toMatchObject({
    message: "/data: permission denied (EACCES). Fix this and run again.",
  });
});

test("a file system error of another realm is explained too", () => {
  const error: unknown = runInNewContext(`Object.assign(new Error("x"), { code: "EIO", syscall: "read" })`);
  expect(error).not.toBeInstanceOf(Error);
  expect(explainDiskError(error, "/staging")).toMatchObject({ reason: "disk" });
});

test("other errors are returned as they are", () => {
  for (const error of [new Error("x"), new TypeError("y"), "z", undefined]) {
    expect(explainDiskError(error, "/staging")).toBe(error);
  }
});

test("after a disk error, the next run uses what was downloaded", async () => {
  const assets = [variant("a", 20_000), variant("b", 30_000)];
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const options = {
    versionId: "version",
    directory: join(folder, "p"),
    keyBlobFile: join(folder, "blobs.json"),
  };
  // A folder where the key blob file is written before it is renamed: found after the last download.
  mkdirSync(`${options.keyBlobFile}.partial`);
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ name: "IngestError", reason: "disk" });
  expect(readdirSync(folder).sort()).toEqual([".p.ingest", "blobs.json.partial"]);
  expect(server.downloads).toHaveLength(2);
  await ingestPackage(server.client, { ...options, keyBlobFile: join(folder, "other.json") });
  expect(server.downloads).toHaveLength(2);
  expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
});
