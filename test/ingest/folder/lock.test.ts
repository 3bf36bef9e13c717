import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockFile } from "../../../src/ingest/folder/lock.js";
import { resolvePaths } from "../../../src/ingest/folder/paths.js";
import { removePackage } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { buildChild, runChild } from "../support/run-child.js";
import { trust } from "../support/signing.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

const asset = variant("a", 50_000);

/** A server whose asset downloads wait until released. */
async function heldServer() {
  const server = await servePackage([asset]);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  server.onCdn = (_, response, { id, content }) => {
    if (id === "zip") return false;
    arrive();
    void released.then(() => response.end(content));
    return true;
  };
  return { server, release, arrived };
}

test("of two ingests in one process, the second rejects at once without a request", async () => {
  const { server, release, arrived } = await heldServer();
  const folder = temporaryFolder();
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "link"));
  const options = { versionId: "version", directory: join(folder, "real", "p") };
  const first = ingestPackage(server.client, options);
  await arrived;
  const asked = server.api.length + server.cdn.length;
  for (const directory of [options.directory, join(folder, "link", "..", "link", "p")]) {
    expect(await failure(ingestPackage(server.client, { ...options, directory }))).toMatchObject({
      reason: "busy",
    });
    expect(await failure(removePackage(directory))).toMatchObject({ reason: "busy" });
  }
  expect(server.api.length + server.cdn.length).toBe(asked);
  release();
  await first;
  expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
  await ingestPackage(server.client, options);
});

test("of ten ingests at a time, exactly one succeeds", async () => {
  const { server, release, arrived } = await heldServer();
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  const ingests = Array.from({ length: 10 }, () => ingestPackage(server.client, options));
  const outcomes = Promise.allSettled(ingests);
  await arrived;
  release();
  const fulfilled = (await outcomes).filter(({ status }) => status === "fulfilled");
  expect(fulfilled).toHaveLength(1);
  expect(server.cdn).toHaveLength(2);
});

test("an ingest in another process has the lock until it is killed", async () => {
  const { server, release, arrived } = await heldServer();
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  const task = { client: { token: "token", baseUrl: server.origin }, options: { trust, ...options } };
  const other = spawn(process.execPath, [child.path, JSON.stringify(task)], { stdio: "ignore" });
  await arrived;
  expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "busy" });
  const exited = once(other, "exit");
  other.kill("SIGKILL");
  await exited;
  release();
  await ingestPackage(server.client, options);
  expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
});

test("different targets do not wait for each other", async () => {
  const { server, release, arrived } = await heldServer();
  const folder = temporaryFolder();
  const first = ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") });
  await arrived;
  const second = runChild(child.path, {
    client: { token: "token", baseUrl: server.origin },
    options: { versionId: "version", directory: join(folder, "q"), trust },
  });
  release();
  await first;
  expect(await second).toMatchObject({ done: true });
});

test.each(["darwin", "win32"])(
  "on %s, forms of a name that may be one folder have one lock",
  async (value) => {
    const folder = temporaryFolder();
    const platform = Object.getOwnPropertyDescriptor(process, "platform");
    Object.defineProperty(process, "platform", { ...platform, value });
    try {
      const forms = ["Café", "café", "Cafe\u0301"];
      const paths = await Promise.all(forms.map((name) => resolvePaths(join(folder, name))));
      expect(new Set(paths.map(({ key }) => key)).size).toBe(1);
    } finally {
      if (platform) Object.defineProperty(process, "platform", platform);
    }
  },
);

test("where a locked file is the lock, it is neither a link nor another user's file", async () => {
  const folder = temporaryFolder();
  const paths = await resolvePaths(join(folder, "p"));
  const unlock = await lockFile(join(folder, "own.lock"), paths);
  await unlock();
  symlinkSync("victim", join(folder, "link.lock"));
  mkdirSync(join(folder, "folder.lock"));
  const files = ["link.lock", "folder.lock"];
  if (process.getuid?.() === 0) {
    writeFileSync(join(folder, "foreign.lock"), "");
    chownSync(join(folder, "foreign.lock"), 12_345, 12_345);
    files.push("foreign.lock");
  }
  for (const file of files) {
    const error = await failure(lockFile(join(folder, file), paths));
    expect(error).toMatchObject({
      reason: "busy",
      message: expect.stringMatching(/set TMPDIR to a folder of your own/),
    });
  }
  expect(existsSync(join(folder, "victim"))).toBe(false);
});
