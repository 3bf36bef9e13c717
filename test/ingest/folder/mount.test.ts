import { spawnSync } from "node:child_process";
import fs, { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { a } from "../support/existing-package.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
import { buildChild, runInShell } from "../support/run-child.js";
import { trust } from "../support/signing.js";
import { ingestPackage } from "../support/trusted.js";

// In a mount namespace of its own, a process of root can mount what nobody else sees.
const OWN_MOUNTS = ["unshare", "-m"];
const [program = "", ...args] = OWN_MOUNTS;
const canMount = spawnSync(program, [...args, "true"]).status === 0;

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

test.runIf(canMount).each([
  ["another file system", "mount -t tmpfs none p", "p"],
  ["a bind mount of the same file system", "mount --bind other p", "p"],
  ["a folder with a mount in it", "mkdir -p p/variant && mount --bind other p/variant", "p/variant"],
])("a target that is %s is refused before any download", async (_, mount, place) => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "p"));
  mkdirSync(join(folder, "other"));
  const directory = join(folder, "p");
  const task = {
    client: { token: "token", baseUrl: server.origin },
    options: { versionId: "version", directory, trust },
  };
  const command = `cd ${folder} && ${mount} && exec "$0" "$@"`;
  const report = await runInShell([...OWN_MOUNTS, "sh", "-c", command], child.path, task);
  expect(report.error).toMatch(/^IngestError: .* is a mount point/);
  expect(report.error).toContain(`choose a folder below it, such as ${join(folder, place, "package")}`);
  expect(server.api.length + server.cdn.length).toBe(0);
});

test.runIf(canMount)("a target below a mount point works", async () => {
  const server = await servePackage([a]);
  const folder = temporaryFolder();
  const directory = join(folder, "package");
  const task = {
    client: { token: "token", baseUrl: server.origin },
    options: { versionId: "version", directory, trust },
  };
  const command = `mount -t tmpfs none ${folder} && exec "$0" "$@"`;
  expect(await runInShell([...OWN_MOUNTS, "sh", "-c", command], child.path, task)).toMatchObject({
    done: true,
  });
});

/** Replaces `statfs` until the test ends. */
function replaceStatfs(statfs: () => Promise<unknown>): void {
  replaceBuiltin<object>(fs.promises, { statfs });
}

test("a file system that does not say its size is not full", async () => {
  const server = await servePackage([a]);
  replaceStatfs(() => Promise.reject(Object.assign(new Error("x"), { code: "ENOSYS", syscall: "statfs" })));
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
});

test("a file system that does not know its size is not full", async () => {
  const server = await servePackage([a]);
  // As FUSE file systems and mounted object stores report it.
  const sizes = { type: 0, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  replaceStatfs(async () => sizes);
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });

  Object.assign(sizes, { blocks: 100 });
  const full = ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
  });
  expect(await failure(full)).toMatchObject({ reason: "no-space" });
});
