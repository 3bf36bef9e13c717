/** The built command in a process of its own: what depends on signals, pipes and Node itself. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";
import { mainFile, spawnAdp, useBuiltCommand } from "./support/process.js";

useBuiltCommand();

test("both names of the command start its file, which has a shebang", () => {
  const { bin } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  const file = "dist/src/cli/main.js";
  expect(bin).toEqual({ adp: file, "app-store-alternative-distribution": file });
  expect(mainFile).toMatch(new RegExp(`/${file}$`));
  expect(readFileSync(mainFile, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test("it writes the same as in this process, without colours", async () => {
  const env = { FORCE_COLOR: "3", COLORTERM: "truecolor" };
  for (const args of [["--version"], ["--help"], ["nothing"], ["verify", "/no/such/folder", "--json"]]) {
    const ended = await spawnAdp(args, env).ended;
    expect(ended).toEqual(await adp(args, env));
    expect(ended.stdout + ended.stderr).not.toContain("\u001b");
  }
});

test("it reads the API key from its environment", async () => {
  const { sandbox, url, keyFile } = await openAccount();
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const args = ["status", "--package-id", packageId, "--base-url", url];
  const { code, stdout } = await spawnAdp(args, { APP_STORE_CONNECT_API_KEY_PATH: keyFile }).ended;
  expect(code).toBe(0);
  expect(stdout).toContain(packageId);
});

/** The sizes of the variants in a folder and below it, the smallest first. */
function variantSizes(folder: string): number[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /[\\/]variant[\\/][^\\/]+$/.test(path))
    .map((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0)
    .sort((a, b) => a - b);
}

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "(%s) ends an ingest with 130, and the same command continues where it stopped",
    async (signal) => {
      const { sandbox, folder, flags, trust } = await openAccount();
      const { id } = sandbox.addAppStoreVersion({ variants: 2, assetBytes: 3_000_000 });
      const { versionId, variantIds } = sandbox.publishVersion(id);
      const path = String(variantIds[1]);
      const stall = sandbox.faults.add({ on: "cdn", path, stall: "body", at: 1_000_000 });
      const directory = join(folder, "package");
      const args = ["ingest", directory, "--version-id", versionId, "--json", ...trust, ...flags];

      const first = spawnAdp(args);
      // One of the two variants is complete, and a third of the other.
      await vi.waitFor(() => expect(variantSizes(folder)).toEqual([1_000_000, 3_000_000]), 30_000);
      first.kill(signal);
      const { code, stdout, stderr } = await first.ended;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ error: { name: "Interrupted", exitCode: 130 } });
      expect(stderr).toContain("interrupted; run the same command again to continue where it stopped\n");
      expect(readdirSync(folder)).not.toContain("package");

      stall.remove();
      const earlier = sandbox.requests.length;
      expect((await spawnAdp(args).ended).code).toBe(0);
      expect((await adp(["verify", directory, ...trust])).code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(["key.json", "package"]);
      const downloads = sandbox.requests
        .slice(earlier)
        .filter(({ path }) => path.includes("/cdn/") && path.includes("Variants"));
      expect(downloads.map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=\d{6,}-/)]);
    },
  );

  test("ends a wait between two attempts at once", async () => {
    const { sandbox, flags } = await openAccount();
    sandbox.faults.add({ status: 503, headers: { "retry-after": "50" } });
    const waiting = spawnAdp(["status", "--package-id", "1", ...flags]);
    await waiting.saw("again in 50 s");
    waiting.kill("SIGINT");
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: "" });
  });

  test.each(["SIGTERM", "SIGHUP"] as const)(
    "(%s) ends a sandbox with 0, after its key file is deleted",
    async (signal) => {
      const { folder } = await openAccount();
      const sandbox = spawnAdp(["sandbox", "--port", "0", "--json"], { TMPDIR: folder });
      const { stdout } = await sandbox.saw("\n}\n");
      const { keyFile } = JSON.parse(stdout);
      expect(existsSync(keyFile)).toBe(true);
      sandbox.kill(signal);
      expect(await sandbox.ended).toMatchObject({ code: 0, stderr: "" });
      expect(existsSync(keyFile)).toBe(false);
    },
  );
});

describe("a closed reader is no failure", () => {
  test.each([["stdout"], ["stderr"]] as const)("%s is closed from the start", async (stream) => {
    const { sandbox, folder, flags, trust } = await openAccount();
    // The list is larger than the buffer of a pipe.
    const large = sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 300, assetBytes: 1 }).id);
    const list = spawnAdp(["variants", "--version-id", large.versionId, "--json", ...flags]);
    list.child[stream].destroy();
    expect(await list.ended).toMatchObject({ code: 0, stderr: "" });
    const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const ingest = spawnAdp([
      "ingest",
      join(folder, "package"),
      "--version-id",
      versionId,
      ...trust,
      ...flags,
    ]);
    ingest.child[stream].destroy();
    expect((await ingest.ended).code).toBe(0);
    expect((await adp(["verify", join(folder, "package"), ...trust])).code).toBe(0);
  });

  test("the exit code does not change", async () => {
    const running = spawnAdp(["verify", "/no/such/folder"]);
    running.child.stdout.destroy();
    expect(await running.ended).toMatchObject({ code: 3, stderr: "" });
  });
});

test.runIf(process.platform === "linux")("a full disk is a failure if stdout is a file on it", () => {
  const script = 'exec "$0" "$1" verify /no/such/folder > /dev/full';
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, mainFile], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe("error: ENOSPC: no space left on device, write\n");
});
