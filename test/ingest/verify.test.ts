import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../src/ingest/package/parse-manifest.js";
import { FolderSource } from "../../src/ingest/verify/folder-source.js";
import { temporaryFolder } from "./support/folders.js";
import { delta, manifestOf, variant } from "./support/package-server.js";
import { signatureOf } from "./support/signing.js";
import { verifyPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];

/** A complete package folder, after a change. */
function packageFolder(change: (directory: string) => unknown = () => undefined): string {
  const directory = join(temporaryFolder(), "p");
  mkdirSync(join(directory, "variant"), { recursive: true });
  mkdirSync(join(directory, "delta"));
  const manifest = JSON.stringify(manifestOf(assets));
  writeFileSync(join(directory, "manifest.json"), manifest);
  writeFileSync(join(directory, "signature"), signatureOf(manifest, assets));
  for (const { kind, id, content } of assets) writeFileSync(join(directory, kind, `${id}.ipa`), content);
  change(directory);
  return directory;
}

test("a complete folder is valid, and comes with its manifest", async () => {
  const report = await verifyPackage(packageFolder());
  expect(report).toEqual({
    ...{ valid: true, missing: [], added: [], corrupt: [], manifest: manifestOf(assets) },
    signature: { valid: true, signedAt: new Date("2026-03-01T12:00:00Z") },
  });
});

function flipB(at: number) {
  return (directory: string) => {
    const file = join(directory, "variant/b.ipa");
    const content = readFileSync(file);
    content[at] = (content[at] ?? 0) ^ 1;
    writeFileSync(file, content);
  };
}

test.each<[string, (directory: string) => unknown, object]>([
  ["a missing asset", (at) => rmSync(join(at, "delta/d.ipa")), { missing: ["delta/d.ipa"] }],
  ["a missing signature", (at) => rmSync(join(at, "signature")), { missing: ["signature"] }],
  ["a file at the top", (at) => writeFileSync(join(at, ".DS_Store"), ""), { added: [".DS_Store"] }],
  ["a file beside the assets", (at) => writeFileSync(join(at, "variant/x"), ""), { added: ["variant/x"] }],
  ["an empty folder", (at) => mkdirSync(join(at, "x/y"), { recursive: true }), { added: ["x/y/"] }],
  [
    "another letter case",
    (at) => renameSync(join(at, "variant/a.ipa"), join(at, "variant/A.ipa")),
    { missing: ["variant/a.ipa"], added: ["variant/A.ipa"] },
  ],
  [
    "a wrong byte",
    flipB(1500),
    {
      corrupt: [
        { path: "variant/b.ipa", chunk: 1, reason: expect.stringMatching(/^chunk 1: expected sha256 /) },
      ],
    },
  ],
  [
    "a wrong last byte",
    flipB(69_999),
    { corrupt: [{ path: "variant/b.ipa", chunk: 69, reason: expect.stringContaining("chunk 69") }] },
  ],
  [
    "bytes after the end",
    (at) => appendFileSync(join(at, "variant/a.ipa"), "x"),
    { corrupt: [{ path: "variant/a.ipa", reason: "has 5001 bytes, the manifest says 5000" }] },
  ],
  [
    "an empty signature",
    (at) => writeFileSync(join(at, "signature"), ""),
    { corrupt: [{ path: "signature", reason: "is empty" }] },
  ],
  [
    "a manifest that is too large",
    (at) => truncateSync(join(at, "manifest.json"), 40_000_000),
    { corrupt: [{ path: "manifest.json", reason: "is too large" }] },
  ],
  [
    "a link for an asset",
    (at) => {
      renameSync(join(at, "variant/a.ipa"), join(at, "../a.ipa"));
      symlinkSync("../../a.ipa", join(at, "variant/a.ipa"));
    },
    { corrupt: [{ path: "variant/a.ipa", reason: "is not a regular file" }] },
  ],
  [
    "a folder for an asset",
    (at) => rmSync(join(at, "variant/a.ipa")) ?? mkdirSync(join(at, "variant/a.ipa")),
    { missing: ["variant/a.ipa"], added: ["variant/a.ipa/"] },
  ],
])("%s is reported", async (_, change, expected) => {
  const { manifest, signature, ...report } = await verifyPackage(packageFolder(change));
  expect(report).toEqual({ valid: false, missing: [], added: [], corrupt: [], ...expected });
  expect(manifest === undefined).toBe(report.corrupt[0]?.path === "manifest.json");
});

test.each(["", "{", "[]", '{"variants":[{}]}', '{"variants":[{"publicId":"a","assetPath":"../../x"}]}'])(
  "a manifest %j is reported as corrupt",
  async (text) => {
    const directory = packageFolder((at) => writeFileSync(join(at, "manifest.json"), text));
    const report = await verifyPackage(directory);
    expect(report).toMatchObject({
      valid: false,
      missing: [],
      added: [],
      corrupt: [{ path: "manifest.json" }],
    });
    expect(report).not.toHaveProperty("manifest");
  },
);

test("no folder and a file give a report too", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const nothing = {
    ...{ valid: false, missing: ["manifest.json", "signature"], added: [], corrupt: [] },
    signature: { valid: false, reason: "missing", message: "The package has no signature." },
  };
  // The last one is a path on Windows.
  const names = ["none", "file", "none/deeper"];
  for (const directory of [...names.map((name) => join(folder, name)), "C://none"]) {
    expect(await verifyPackage(directory)).toEqual(nothing);
  }
  await expect(verifyPackage("")).rejects.toThrow(TypeError);
});

test("an asset that is deleted while the folder is verified is missing", async () => {
  const directory = packageFolder();
  const source = new FolderSource(directory);
  const { assets } = parseManifest(readFileSync(join(directory, "manifest.json")));
  rmSync(join(directory, "variant"), { recursive: true });
  const { signal } = new AbortController();
  const found = await Promise.all(assets.map((asset) => source.readAsset(asset, undefined, signal)));
  expect(found).toEqual([{ state: "missing" }, { state: "missing" }, undefined]);
});

test("large files of many chunks and of one are read in parts, with the same result", async () => {
  const big = [variant("big", 10_000_000, 1_000_000, 1), variant("single", 5_000_000)];
  const directory = join(temporaryFolder(), "p");
  mkdirSync(join(directory, "variant"), { recursive: true });
  const manifest = JSON.stringify(manifestOf(big));
  writeFileSync(join(directory, "manifest.json"), manifest);
  writeFileSync(join(directory, "signature"), signatureOf(manifest, big));
  for (const { id, content } of big) writeFileSync(join(directory, "variant", `${id}.ipa`), content);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  const content = readFileSync(join(directory, "variant/big.ipa"));
  content[9_500_000] = (content[9_500_000] ?? 0) ^ 1;
  writeFileSync(join(directory, "variant/big.ipa"), content);
  expect(await verifyPackage(directory)).toMatchObject({ corrupt: [{ path: "variant/big.ipa", chunk: 9 }] });
});

test("an aborted signal ends it with the signal's reason", async () => {
  const reason = new Error("enough");
  await expect(verifyPackage(packageFolder(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test.each<[string, (directory: string) => unknown, string]>([
  ["no signature", (at) => rmSync(join(at, "signature")), "missing"],
  ["an empty signature", (at) => writeFileSync(join(at, "signature"), ""), "malformed"],
  [
    "a signature that is too large",
    (at) => truncateSync(join(at, "signature"), 16 * 1024 * 1024 + 1),
    "malformed",
  ],
  [
    "a signature that is a folder",
    (at) => rmSync(join(at, "signature")) ?? mkdirSync(join(at, "signature")),
    "missing",
  ],
  [
    "a signature of another package",
    (at) => writeFileSync(join(at, "signature"), signatureOf("{}", [])),
    "manifest",
  ],
  ["white space in the manifest", (at) => appendFileSync(join(at, "manifest.json"), "\n"), "manifest"],
  ["no manifest", (at) => rmSync(join(at, "manifest.json")), "manifest"],
])("%s makes the signature invalid", async (_, change, reason) => {
  const report = await verifyPackage(packageFolder(change));
  expect(report).toMatchObject({
    valid: false,
    signature: { valid: false, reason, message: expect.any(String) },
  });
});

test("a valid signature under a root that is not trusted makes the package invalid, and nothing else wrong", async () => {
  const report = await verifyPackage(packageFolder(), { trust: undefined });
  expect(report).toMatchObject({
    ...{ valid: false, missing: [], added: [], corrupt: [] },
    signature: { valid: false, reason: "root" },
  });
});

test("content present does not read the assets", async () => {
  const directory = packageFolder(flipB(1500));
  expect(await verifyPackage(directory, { content: "present" })).toMatchObject({ valid: true });
  expect(await verifyPackage(directory, { content: "full" })).toMatchObject({ valid: false });
  rmSync(join(directory, "variant/b.ipa"));
  expect(await verifyPackage(directory, { content: "present" })).toMatchObject({
    missing: ["variant/b.ipa"],
  });
});

test("wrong options are named", async () => {
  const wrong: [object, string][] = [
    [{ content: "some" }, 'content: expected "full" or "present", got "some"'],
    [{ fetch: 5 }, "fetch: expected a function, got 5"],
    [{ signal: 5 }, "signal: expected an AbortSignal, got number"],
    [{ trust: 5 }, "trust: expected one or more certificates in PEM, got number"],
  ];
  for (const [options, message] of wrong) {
    await expect(verifyPackage(packageFolder(), options)).rejects.toThrow(new TypeError(message));
  }
});
