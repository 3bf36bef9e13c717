import fs, {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { removePackage } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { a, b, existingPackage } from "../support/existing-package.js";
import { contentsOf, temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

const STRANGER = 12_345;

/** A folder that all users can write to, with a document of ours beside the target. */
function sharedFolder() {
  const folder = temporaryFolder();
  chmodSync(folder, 0o1777);
  const mine = join(folder, "mine");
  put(join(mine, "variant/precious.ipa"), "precious");
  put(join(mine, "removed/precious"), "precious");
  return { folder, mine, directory: join(folder, "p"), staging: join(folder, ".p.ingest") };
}

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Gives everything at a path to another user. Links themselves, not what they lead to. */
function giveAway(path: string): void {
  for (const name of readdirSync(path, { withFileTypes: true })) {
    if (name.isDirectory()) giveAway(join(path, name.name));
    else if (name.isFile()) chownSync(join(path, name.name), STRANGER, STRANGER);
  }
  chownSync(path, STRANGER, STRANGER);
}

/** What another user puts in place of the staging folder, and whether it belongs to that user. */
const PLANTED: [string, (staging: string, mine: string) => void][] = [
  ["a link", (staging, mine) => symlinkSync(mine, staging)],
  ["a file", (staging) => writeFileSync(staging, "")],
  ["a folder whose package is a link", (staging, mine) => plantLink(staging, "package", mine)],
  ["a folder whose removed is a link", (staging, mine) => plantLink(staging, "removed", mine)],
  ["a folder whose replaced is a link", (staging, mine) => plantLink(staging, "replaced", mine)],
  [
    "a folder whose zip is a link",
    (staging, mine) => plantLink(staging, "package.zip", `${mine}/removed/precious`),
  ],
  [
    "a folder whose state is a link",
    (staging, mine) => plantLink(staging, "state.json", `${mine}/removed/precious`),
  ],
];

function plantLink(staging: string, name: string, to: string): void {
  mkdirSync(staging, { mode: 0o700 });
  symlinkSync(to, join(staging, name));
}

test.each(PLANTED)(
  "%s in place of staging is refused, and nothing behind it is touched",
  async (_, plant) => {
    const { folder, mine, directory, staging } = sharedFolder();
    const server = await servePackage([a, b]);
    plant(staging, mine);
    const before = contentsOf(folder);
    for (const attempt of [
      () => ingestPackage(server.client, { versionId: "version", directory }),
      () => removePackage(directory),
    ]) {
      const error = await failure(attempt());
      expect(error).toMatchObject({ name: "IngestError", reason: "target" });
      expect((error as Error).message).toContain(staging);
      expect((error as Error).message).toMatch(/move it away and run again/);
      expect(contentsOf(folder)).toEqual(before);
    }
    expect(server.api.length + server.cdn.length).toBe(0);
  },
);

test.each([0o777, 0o770, 0o702])("a staging folder with mode %o is refused", async (mode) => {
  const { directory, staging } = sharedFolder();
  const server = await servePackage([a]);
  put(join(staging, "package/variant/a.ipa"), a.content);
  chmodSync(staging, mode);
  const error = await failure(ingestPackage(server.client, { versionId: "version", directory }));
  expect(error).toMatchObject({ reason: "target", message: expect.stringMatching(/changed by other users/) });
  expect(server.cdn).toEqual([]);
});

test("the staging folder is private, and the served folder has the usual permissions", async () => {
  const { directory, staging } = sharedFolder();
  const server = await servePackage([a]);
  const modes: number[] = [];
  server.onCdn = () => {
    modes.push(statSync(staging).mode & 0o777);
    return false;
  };
  await ingestPackage(server.client, { versionId: "version", directory });
  expect(new Set(modes)).toEqual(new Set([0o700]));
  const usual = ~process.umask();
  expect(statSync(directory).mode & 0o777).toBe(0o777 & usual);
  expect(statSync(join(directory, "variant")).mode & 0o777).toBe(0o777 & usual);
  expect(statSync(join(directory, "manifest.json")).mode & 0o777).toBe(0o666 & usual);
});

test("a staging folder that is replaced during the download is refused, and what is in it is not used", async () => {
  const { folder, directory, staging } = sharedFolder();
  const server = await servePackage([a, b]);
  server.onCdn = (_, response, { id, content }) => {
    if (id !== "b") return false;
    renameSync(staging, join(folder, "moved"));
    put(join(staging, "package/manifest.json"), "planted");
    put(join(staging, "removed/precious"), "precious");
    response.end(content);
    return true;
  };
  const options = { versionId: "version", directory, concurrency: 1 };
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ reason: "target", message: expect.stringContaining(staging) });
  expect(existsSync(directory)).toBe(false);
  expect(readFileSync(join(staging, "removed/precious"), "utf8")).toBe("precious");
});

test("a file system that shows one owner and one mode for all files is used as it is", async () => {
  const { server, folder, directory, options } = await existingPackage();
  const { lstat } = fs.promises;
  replaceBuiltin<object>(fs.promises, {
    async lstat(...args: Parameters<typeof lstat>) {
      const stats = await lstat(...args);
      const isBig = typeof stats.uid === "bigint";
      return Object.assign(stats, isBig ? {} : { uid: 4711, mode: Number(stats.mode) | 0o777 });
    },
  });
  server.publish([a, b], { bundleId: "com.example", appleItemId: "1", appleVersionId: "8" });
  put(join(folder, ".p.ingest/package/variant/a.ipa"), a.content);
  await ingestPackage(server.client, options);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(readdirSync(folder)).toEqual(["p"]);
});

// Only root can give files to another user.
describe.runIf(process.getuid?.() === 0)("with files of another user", () => {
  test("a whole planted staging folder is not used", async () => {
    // What an ingest leaves when it is killed before its last step.
    const { server, directory, folder } = await existingPackage();
    chmodSync(folder, 0o1777);
    const staging = join(folder, ".p.ingest");
    mkdirSync(staging, { mode: 0o700 });
    renameSync(directory, join(staging, "replaced"));
    giveAway(staging);
    const before = contentsOf(folder);
    const options = { versionId: "version", directory };
    const error = await failure(ingestPackage(server.client, options));
    expect(error).toMatchObject({
      reason: "target",
      message: expect.stringMatching(/another user \(uid 12345/),
    });
    expect(await failure(removePackage(directory))).toMatchObject({ reason: "target" });
    expect(contentsOf(folder)).toEqual(before);
    expect(existsSync(directory)).toBe(false);
  });

  test("an empty planted staging folder is not used, and left where it is", async () => {
    const { directory, staging } = sharedFolder();
    const server = await servePackage([a]);
    mkdirSync(staging, { mode: 0o700 });
    giveAway(staging);
    expect(await failure(ingestPackage(server.client, { versionId: "version", directory }))).toMatchObject({
      reason: "target",
    });
    expect(existsSync(staging)).toBe(true);
  });

  test.each(["package", "package/variant", "replaced", "removed"])(
    "a planted %s/ is refused",
    async (name) => {
      const { directory, staging } = sharedFolder();
      const server = await servePackage([a]);
      mkdirSync(staging, { mode: 0o700 });
      put(join(staging, name, "a.ipa"), a.content);
      chownSync(join(staging, name), STRANGER, STRANGER);
      const error = await failure(ingestPackage(server.client, { versionId: "version", directory }));
      expect(error).toMatchObject({
        reason: "target",
        message: expect.stringContaining(join(staging, name)),
      });
      expect(readFileSync(join(staging, name, "a.ipa")).equals(a.content)).toBe(true);
      expect(existsSync(directory)).toBe(false);
    },
  );

  test("an asset of another user in staging is downloaded again, so that its owner cannot change it later", async () => {
    const { folder, directory, staging } = sharedFolder();
    const server = await servePackage([a]);
    mkdirSync(staging, { mode: 0o700 });
    put(join(folder, "theirs"), a.content);
    mkdirSync(join(staging, "package/variant"), { recursive: true });
    linkSync(join(folder, "theirs"), join(staging, "package/variant/a.ipa"));
    chownSync(join(folder, "theirs"), STRANGER, STRANGER);
    await ingestPackage(server.client, { versionId: "version", directory });
    writeFileSync(join(folder, "theirs"), "changed");
    expect(server.downloads).toHaveLength(1);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  });

  test("assets of another user's folder are copied, not linked", async () => {
    const { server, folder, directory } = await existingPackage();
    giveAway(directory);
    const next = join(folder, "next");
    const { assets } = await ingestPackage(server.client, {
      versionId: "version",
      directory: next,
      reuse: directory,
    });
    expect(assets.every(({ reused }) => reused)).toBe(true);
    writeFileSync(join(directory, "variant/a.ipa"), "changed");
    expect(server.downloads).toEqual([]);
    expect(await verifyPackage(next)).toMatchObject({ valid: true });
  });

  test("a target of another user is refused where all users can write, and replaced elsewhere", async () => {
    const { server, folder, directory, options } = await existingPackage();
    giveAway(directory);
    chmodSync(folder, 0o1777);
    expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "target" });
    chmodSync(folder, 0o755);
    server.publish([a, b], { bundleId: "com.example", appleItemId: "1", appleVersionId: "8" });
    await ingestPackage(server.client, options);
    expect(statSync(directory).uid).toBe(0);
    expect(readdirSync(folder)).toEqual(["p"]);
  });
});
