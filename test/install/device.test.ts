import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { installLink, marketplaceKitConfiguration } from "../../src/install/index.js";
import { installTokens } from "../../src/install/tokens.js";
import { Device } from "../support/device/device.js";
import { newKey } from "../support/keys.js";
import { issuer, keyId, manifestWith, now, privateKey, publicKey, tokens } from "./support.js";

const origin = "https://shop.example.com";
const page = `${origin}/get`;
const packageUrl = `${origin}/p/1`;
const content = Buffer.from("the variant's encrypted bytes");
const digest = createHash("sha256").update(content).digest("hex");
const details = {
  compressedSize: content.length,
  hashes: [{ algorithm: "sha256", chunkSize: content.length, encryptedChunkDigests: [digest] }],
};
const manifest = {
  variants: [
    {
      publicId: "v1",
      assetPath: "variant/v1.ipa",
      installTargets: [{ device: "iPhone15,2", os: "17.4" }],
      variantDetails: details,
    },
  ],
  deltas: [],
};
const configuration = marketplaceKitConfiguration({
  restore: `${origin}/restore`,
  updates: { url: `${origin}/updates`, pollingInterval: 24 },
});

type Files = Record<string, string | Uint8Array | number | object | undefined>;

/** A device, and a server of these files; a number is the status of an answer without a body. */
function deviceWith(files: Files = {}, options = {}) {
  const all: Files = {
    "/.well-known/marketplace-kit": configuration,
    "/p/1/manifest.json": manifestWith(manifest),
    "/p/1/signature": "signature",
    "/p/1/variant/v1.ipa": content,
    ...files,
  };
  const fetch = async ({ url }: Request) => {
    const file = all[new URL(url).pathname] ?? 404;
    if (typeof file === "number") return new Response(null, { status: file });
    const isRaw = typeof file === "string" || file instanceof Uint8Array;
    return new Response(isRaw ? new Uint8Array(Buffer.from(file)) : JSON.stringify(file));
  };
  const device = { model: "iPhone15,2", os: "18.1", domain: "example.com", issuer, keyId, publicKey };
  return new Device({ ...device, fetch, now: () => now, ...options });
}

const sign = (request = {}, own = tokens) =>
  own.sign({ bundleId: "org.example.notes", kind: "download", ...request });

const linkWith = async (request = {}, own = tokens) =>
  installLink({ packageUrl, token: await sign(request, own) });

test("a valid link on a valid page is installed", async () => {
  const device = deviceWith();
  await device.install(page, await linkWith({ appId: "6700000042", appVersionId: "880000123" }));
  expect(device.apps.get("6700000042")).toMatchObject({ version: "2.0.1", downloaded: "variant" });
});

test.each<[string, () => Promise<string>, RegExp]>([
  ["for another app", () => linkWith({ bundleId: "org.example.other" }), /bid is another app/],
  ["for another version", () => linkWith({ appVersionId: "1" }), /vid is another version/],
  ["for another app id", () => linkWith({ appId: "1" }), /iid is another app/],
  ["for a redownload of an app that is new", () => linkWith({ kind: "redownload" }), /dtype is redownload/],
  ["with a nonce that is no UUID", () => linkWith({ nonce: "1" }), /nonce is no UUID/],
  ["of another marketplace", () => signedBy({ issuer: "1" }), /iss is not who installs/],
  ["of another key", () => signedBy({ privateKey: newKey().privateKey }), /does not fit the key/],
  ["under another key's id", () => signedBy({ keyId: "another-key-id" }), /kid is not/],
  ["that has expired", () => signedBy({}, now - 601_000), /has expired/],
  ["from the future", () => signedBy({}, now + 60_000), /iat is in the future/],
  ["that was changed", async () => (await linkWith()).replace(/.{9}$/, "AAAAAAAAA"), /does not fit the key/],
])("a token %s is refused", async (_, link, message) => {
  const device = deviceWith();
  await expect(device.install(page, await link())).rejects.toThrow(message);
  expect(device.apps.size).toBe(0);
});

async function signedBy(options: object, time = now): Promise<string> {
  return linkWith({}, await installTokens({ keyId, privateKey, issuer, ...options }, { now: () => time }));
}

test("a token is for one install, and a later one is a redownload", async () => {
  const device = deviceWith();
  const link = await linkWith();
  await device.install(page, link);
  await expect(device.install(page, link)).rejects.toThrow(/dtype is download/);
  const again = await linkWith({ kind: "redownload" });
  await device.install(page, again);
  await expect(device.install(page, again)).rejects.toThrow(/nonce was used before/);
});

test.each<[string, string, object, string]>([
  ["another host than the package's", "https://example.com/get", {}, "page"],
  ["another domain than the registered one", page, { domain: "example.org" }, "page"],
  ["a model without a variant", page, { model: "iPad16,3-A" }, "model"],
  ["a signature that is not Apple's", page, { checkSignature: async () => "root" }, "signature"],
  ["an old system", page, { os: "17.3.1" }, "system"],
])("%s is refused", async (_, from, options, reason) => {
  await expect(deviceWith({}, options).install(from, await linkWith())).rejects.toMatchObject({ reason });
});

test.each<[string, Files, string]>([
  ["a missing configuration", { "/.well-known/marketplace-kit": 404 }, "configuration"],
  ["a redirected configuration", { "/.well-known/marketplace-kit": 302 }, "https"],
  [
    "a configuration without updates",
    { "/.well-known/marketplace-kit": { restore: origin } },
    "configuration",
  ],
  ["a missing manifest", { "/p/1/manifest.json": 404 }, "manifest"],
  ["a broken manifest", { "/p/1/manifest.json": "{" }, "manifest"],
  [
    "a package for another platform",
    { "/p/1/manifest.json": manifestWith({ ...manifest, platforms: ["visionos"] }) },
    "platform",
  ],
  ["a missing signature", { "/p/1/signature": 404 }, "signature"],
  ["an empty signature", { "/p/1/signature": "" }, "signature"],
  ["a missing variant", { "/p/1/variant/v1.ipa": 404 }, "bytes"],
  ["a variant with a wrong byte", { "/p/1/variant/v1.ipa": Buffer.from(content).fill(1, 3, 4) }, "bytes"],
  ["a variant that is too short", { "/p/1/variant/v1.ipa": content.subarray(1) }, "bytes"],
])("%s is refused", async (_, files, reason) => {
  const device = deviceWith(files);
  await expect(device.install(page, await linkWith())).rejects.toMatchObject({ reason });
  expect(device.apps.size).toBe(0);
});

const offer = {
  appleItemId: "6700000042",
  appleVersionId: "880000123",
  alternativeDistributionPackage: packageUrl,
  bundleVersion: "7",
  shortVersionString: "2.0.1",
};

test.each<[string, (token: string) => object, string]>([
  ["no list", () => ({ failures: [] }), "answer"],
  ["an entry without a token", () => ({ updates: [offer] }), "answer"],
  ["an unknown field", (token) => ({ updates: [withToken(token, { extra: "x" })] }), "answer"],
  ["a number for text", (token) => ({ updates: [withToken(token, { bundleVersion: 7 })] }), "answer"],
  [
    "a failure of another code",
    () => ({ updates: [], failures: [{ ...offer, failure: { code: 410 } }] }),
    "answer",
  ],
  [
    "an app that was not asked for",
    (token) => ({ updates: [withToken(token, { appleItemId: "1" })] }),
    "answer",
  ],
  ["an app twice", (token) => ({ updates: [withToken(token, {}), withToken(token, {})] }), "answer"],
  [
    "another version than the manifest's",
    (token) => ({ updates: [withToken(token, { bundleVersion: "8" })] }),
    "manifest",
  ],
  [
    "a package on another host",
    (token) => ({ updates: [withToken(token, { alternativeDistributionPackage: "https://example.net/p" })] }),
    "page",
  ],
])("an answer about updates with %s is refused", async (_, answer, reason) => {
  const device = deviceWith({ "/updates": answer(await sign()) });
  await device.install(page, await linkWith());
  await expect(device.update(origin)).rejects.toMatchObject({ reason });
});

function withToken(installVerificationToken: string, fields: object): object {
  return { ...offer, installVerificationToken, ...fields };
}

test.each([
  ["https://shop.example.com/p/1"],
  ["marketplace-kit://install"],
  ["marketplace-kit://install?alternativeDistributionPackage=https%3A%2F%2Fexample.com"],
  [`marketplace-kit://install?alternativeDistributionPackage=${packageUrl}&installVerificationToken=x`],
  ["marketplace-kit://install?alternativeDistributionPackage=x&installVerificationToken=y&other=z"],
])("the link %s is refused", async (link) => {
  await expect(deviceWith().install(page, link)).rejects.toMatchObject({ reason: "link" });
});
