import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPackageZip } from "../../../src/ingest/package/zip.js";
import { temporaryFolder } from "../support/folders.js";
import { delta, manifestOf, servePackage, signedZip, variant } from "../support/package-server.js";
import { packageZip, type RawEntry, rawZip } from "../support/raw-zip.js";
import { refusalOf } from "../support/refusal.js";
import { ingestPackage } from "../support/trusted.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];

const good: RawEntry[] = [
  { name: "manifest.json", content: JSON.stringify(manifestOf(assets)), deflate: true },
  { name: "signature", content: "s" },
];

test.each<[string, Buffer, RegExp]>([
  ["that is not one", Buffer.from("<html>"), /damaged or hostile/],
  ["that is empty", Buffer.alloc(0), /damaged or hostile/],
  ["cut short", packageZip(manifestOf(assets)).subarray(0, -30), /damaged or hostile/],
  ["without a manifest", rawZip(good.slice(1)), /has no manifest.json/],
  ["with traversal", rawZip([...good, { name: "../evil" }]), /leaves its folder|invalid relative path/],
  ["with an absolute path", rawZip([...good, { name: "/evil" }]), /is absolute|absolute path/],
  ["with a backslash", rawZip([...good, { name: "a\\evil" }]), /backslash|invalid characters/],
  ["with NUL in a name", rawZip([...good, { name: "evil\0.txt" }]), /control character/],
  ["with a device", rawZip([...good, { name: "aux.txt" }]), /reserved device/],
  ["with a link", rawZip([...good, { name: "l", mode: 0o120777 }]), /symbolic link "l"/],
  ["with the manifest as a link", rawZip([{ ...(good[0] as RawEntry), mode: 0o120777 }]), /symbolic link/],
  ["with a pipe", rawZip([...good, { name: "p", mode: 0o010644 }]), /special file "p"/],
  [
    "with a name twice",
    rawZip([...good, { name: "signature", content: "t" }]),
    /two entries named "signature"/,
  ],
  ["with clashing case", rawZip([...good, { name: "SIGNATURE" }]), /two entries/],
  ["with clashing accents", rawZip([...good, ...["\u00e9", "e\u0301"].map(utf8Entry)]), /two entries/],
  ["with an encrypted entry", rawZip([{ ...(good[0] as RawEntry), flags: 1 }]), /encrypted/],
  [
    "with a size that lies low",
    rawZip([{ ...(good[0] as RawEntry), claimedSize: 10 }]),
    /damaged or hostile/,
  ],
  [
    "with a size that lies high",
    rawZip([{ ...(good[0] as RawEntry), claimedSize: 1e9 }]),
    /damaged or hostile/,
  ],
  ["with a wrong CRC", rawZip([{ ...(good[0] as RawEntry), crc: 1 }]), /wrong CRC/],
  [
    "with too many entries",
    rawZip(Array.from({ length: 1001 }, (_, i) => ({ name: `${i}` }))),
    /claims 1001 entries/,
  ],
  ["with an endless directory", rawZip(good, 3), /damaged or hostile/],
])("a zip %s is refused", async (_, zip, message) => {
  const error = await refusalOf(zip, assets);
  expect(error.reason).toBe("package-zip");
  expect(error.message).toMatch(message);
});

test("a zip without a signature, and with an empty one, is refused", async () => {
  for (const zip of [rawZip(good.slice(0, 1)), rawZip([good[0] as RawEntry, { name: "signature" }])]) {
    const error = await refusalOf(zip, assets);
    expect(error.reason).toBe("signature");
    expect(error.message).toMatch(/has no signature/);
  }
});

function utf8Entry(name: string): RawEntry {
  return { name, flags: 0x800 };
}

test("unknown entries with harmless names are ignored", async () => {
  const more = ["META-INF/", "META-INF/x", "__MACOSX/._manifest.json", "read me.txt"].map((name) => ({
    name,
  }));
  const server = await servePackage(assets);
  server.zip = signedZip(manifestOf(assets), assets, [...more, utf8Entry("überraschung")]);
  const directory = join(temporaryFolder(), "p");
  await ingestPackage(server.client, { versionId: "version", directory });
  expect(readdirSync(directory).sort()).toEqual(["delta", "manifest.json", "signature", "variant"]);
});

test("an entry that inflates to too many bytes is refused, whatever size its headers say", async () => {
  const bomb = (claimedSize: number) => {
    const content = Buffer.alloc(33 * 1024 * 1024, " ");
    return rawZip([{ name: "manifest.json", content, deflate: true, claimedSize }, good[1] as RawEntry]);
  };
  for (const claimedSize of [100, 33 * 1024 * 1024]) {
    await expect(readPackageZip(bomb(claimedSize))).rejects.toMatchObject({ reason: "package-zip" });
  }
});
