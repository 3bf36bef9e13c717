import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { verifyPackage } from "../../src/ingest/index.js";
import { openAccount } from "./support/account.js";
import { adp, start } from "./support/adp.js";

test("create prints the package's id, also if the package exists", async () => {
  const { sandbox, flags } = await openAccount();
  const { id } = sandbox.addAppStoreVersion();
  const first = await adp(["create", "--app-store-version-id", id, ...flags]);
  expect(first).toEqual({ code: 0, stdout: expect.stringMatching(/^[\w-]+\n$/), stderr: "" });
  expect(await adp(["create", "--app-store-version-id", id, ...flags])).toEqual(first);
});

test("versions, variants and deltas are listed, by any of the ids", async () => {
  const { sandbox, flags } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 3 });
  const first = sandbox.publishVersion(id);
  const { packageId, versionId, variantIds, deltaIds } = sandbox.publishVersion(id, { deltas: 2 });
  const rows = ({ stdout }: { stdout: string }) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));

  const expected = [
    ["ID", "NUMBER", "STATE"],
    [first.versionId, "1", "REPLACED"],
    [versionId, "2", "COMPLETED"],
  ];
  expect(rows(await adp(["versions", "--package-id", packageId, ...flags]))).toEqual(expected);
  expect(rows(await adp(["versions", "--app-store-version-id", id, ...flags]))).toEqual(expected);

  const ids = async (...args: string[]) => rows(await adp([...args, ...flags])).map(([id]) => id);
  expect(await ids("variants", "--app-store-version-id", id)).toEqual(["ID", ...variantIds]);
  expect(await ids("variants", "--version-id", first.versionId)).toEqual(["ID", ...first.variantIds]);
  expect(await ids("deltas", "--package-id", packageId)).toEqual(["ID", ...deltaIds]);
  expect(await ids("deltas", "--version-id", first.versionId)).toEqual(["ID"]);
});

test("lists are complete, also with several pages", async () => {
  const { sandbox, flags } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 450, assetBytes: 1 });
  const { versionId, variantIds } = sandbox.publishVersion(id);
  const { stdout } = await adp(["variants", "--version-id", versionId, "--json", ...flags]);
  expect(JSON.parse(stdout).data.map(({ id }: { id: string }) => id)).toEqual(variantIds);
});

test("status shows the package and its version; --wait waits for one, --after for a newer one", async () => {
  const { sandbox, flags } = await openAccount({ versionDelay: Number.POSITIVE_INFINITY });
  const { id } = sandbox.addAppStoreVersion();
  await adp(["create", "--app-store-version-id", id, ...flags]);
  const status = ["status", "--app-store-version-id", id, ...flags];
  expect((await adp(status)).stdout).toMatch(/^package +\S+\nversion +none yet\n$/);
  expect(JSON.parse((await adp([...status, "--json"])).stdout)).toMatchObject({ version: null });

  const waiting = start([...status, "--wait", "--poll-interval", "0.01"]);
  await waiting.saw("waiting for package");
  const first = sandbox.publishVersion(id);
  expect(await waiting.ended).toMatchObject({
    code: 0,
    stdout: `package  ${first.packageId}\nversion  ${first.versionId}\nnumber   1\nstate    COMPLETED\n`,
  });

  const again = start([...status, "--after", first.versionId, "--poll-interval", "0.01", "--json"]);
  await again.saw("waiting for package");
  const second = sandbox.publishVersion(id, { deltas: 1 });
  const { stdout, code } = await again.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    package: { id: first.packageId },
    version: { id: second.versionId },
  });
});

test("ingest makes a valid package folder and a file of key blobs; remove removes the folder", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 2, deltas: 1 });
  const { versionId } = sandbox.publishVersion(id);
  const directory = join(folder, "package");
  const keyBlobFile = join(folder, "keys.json");

  const { code, stdout, stderr } = await adp([
    "ingest",
    directory,
    ...["--app-store-version-id", id, "--key-blob-file", keyBlobFile, ...trust, ...flags],
  ]);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `${directory}: version ${versionId}, 3 assets (0 reused), 197 kB, ${apiCalls(stdout)} API calls\n`,
  );
  expect(stderr).toMatch(/^preparing\n/);
  expect(await verifyPackage(directory, { trust: sandbox.trust })).toMatchObject({ valid: true });
  expect(JSON.parse(readFileSync(keyBlobFile, "utf8"))).toMatchObject({ versionId });

  const verified = await adp(["verify", directory, ...trust]);
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  const [first, second] = verified.stdout.split("\n");
  expect(first).toBe(`${directory}: valid`);
  expect(second).toMatch(/^Signed on \d{4}-\d\d-\d\d, not by Apple: under the root in --trust$/);
  expect(await adp(["remove", directory])).toMatchObject({ code: 0, stdout: `${directory}: removed\n` });
  const again = await adp(["remove", directory]);
  expect(again).toMatchObject({
    code: 0,
    stdout: `${directory}: nothing to remove, the folder does not exist\n`,
  });
  expect(existsSync(directory)).toBe(false);
});

test("remove says that it removed what an interrupted ingest left", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { versionId, variantIds } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  sandbox.faults.add({ on: "cdn", path: String(variantIds[0]), stall: "body" });
  const directory = join(folder, "package");
  const ingest = start(["ingest", directory, "--version-id", versionId, ...trust, ...flags]);
  await vi.waitFor(() => expect(`${readdirSync(folder, { recursive: true })}`).toContain("variant/"), 30_000);
  ingest.kill("SIGINT");
  expect((await ingest.ended).code).toBe(130);
  expect(await adp(["remove", directory])).toMatchObject({ code: 0, stdout: `${directory}: removed\n` });
  expect((await adp(["remove", directory])).stdout).toContain("nothing to remove");
});

test("ingest takes unchanged assets from another folder", async () => {
  const { sandbox, folder, trust, ...account } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 2 });
  const first = sandbox.publishVersion(id);
  const second = sandbox.publishVersion(id, { deltas: 1 });
  const [older, newer] = [join(folder, "1"), join(folder, "2")];
  const flags = [...trust, ...account.flags];
  await adp(["ingest", older, "--version-id", first.versionId, ...flags]);
  const args = ["ingest", newer, "--version-id", second.versionId, "--reuse", older, "--json", ...flags];
  const { stdout } = await adp(args);
  const { assets, version } = JSON.parse(stdout);
  expect(version.id).toBe(second.versionId);
  expect(assets.map(({ kind, reused }: Record<string, unknown>) => [kind, reused])).toEqual([
    ["variant", true],
    ["variant", true],
    ["delta", false],
  ]);
});

test("with --json every command writes one document to stdout and all else to stderr", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 1, deltas: 1 });
  const { packageId, versionId, variantIds, deltaIds } = sandbox.publishVersion(id);
  const directory = join(folder, "package");
  const given = ["--app-store-version-id", id, ...flags];
  const expected = {
    create: { data: { type: "alternativeDistributionPackages", id: packageId } },
    status: { package: { id: packageId }, version: { id: versionId, attributes: { state: "COMPLETED" } } },
    versions: { data: [{ id: versionId }] },
    variants: { data: [{ id: variantIds[0] }] },
    deltas: { data: [{ id: deltaIds[0] }] },
    ingest: { directory, version: { id: versionId }, assets: [{ kind: "variant" }, { kind: "delta" }] },
    verify: { valid: true, missing: [], added: [], corrupt: [] },
    remove: { directory, removed: true },
  };
  for (const [name, document] of Object.entries(expected)) {
    const local = name === "verify" || name === "remove";
    const target = local || name === "ingest" ? [directory] : [];
    const { code, stdout, stderr } = await adp([
      ...[name, ...target, "--json", ...(local ? [] : given)],
      ...(name === "ingest" || name === "verify" ? trust : []),
    ]);
    expect(code, name).toBe(0);
    expect(JSON.parse(stdout), name).toMatchObject(document);
    expect(stderr, name).toBe(name === "ingest" ? stderr : "");
    // The manifest is on disk, and it may be large.
    expect(JSON.parse(stdout), name).not.toHaveProperty("manifest");
  }
});

function apiCalls(stdout: string): string | undefined {
  return /(\d+) API calls/.exec(stdout)?.[1];
}
