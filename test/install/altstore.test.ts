import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type AltStoreVersionOptions, altStoreApp, altStoreVersion } from "../../src/install/index.js";
import { manifestWith } from "./support.js";

const options = { url: "https://example.com/adp", date: "2026-03-01" };
const entry = {
  version: "2.0.1",
  buildVersion: "7",
  date: "2026-03-01",
  minOSVersion: "17.4",
  size: 3000,
  downloadURL: "https://example.com/adp",
};

test("a version has what AltStore needs of the manifest", () => {
  expect(altStoreVersion(manifestWith(), options)).toStrictEqual(entry);
  const { minOSVersion, ...rest } = entry;
  expect(altStoreVersion(manifestWith({ minimumSystemVersions: undefined }), options)).toStrictEqual(rest);
});

test("every option gets into the entry", () => {
  const given = {
    url: "https://example.com/adp/manifest.json",
    localizedDescription: "Faster.",
    marketingVersion: "Two",
    size: 5,
    assetURLs: { signature: "https://cdn.example.com/sig?v=1" },
  };
  const { url, ...more } = given;
  const date = new Date("2026-03-01T12:00:00.500Z");
  expect(altStoreVersion(manifestWith(), { ...given, date })).toStrictEqual({
    ...entry,
    ...more,
    downloadURL: url,
    date: "2026-03-01T12:00:00Z", // AltStore does not read fractions
  });
});

test.each(["https://example.com/v2", "https://example.com/v2/", "https://example.com/v2/manifest.json"])(
  "a flat host %s has every file directly below one URL",
  (url) => {
    expect(altStoreVersion(manifestWith(), { ...options, url, assetURLs: "flat" }).assetURLs).toStrictEqual({
      manifest: "https://example.com/v2/manifest.json",
      signature: "https://example.com/v2/signature",
      v1: "https://example.com/v2/v1.ipa",
      v2: "https://example.com/v2/v2.ipa",
      d1: "https://example.com/v2/d1.ipa",
    });
  },
);

test("files that a flat host cannot hold together are refused", () => {
  const { variants } = manifestWith();
  const deltas = [{ publicId: "x", assetPath: "delta/v1.ipa", deltaDetails: {} }];
  const manifest = manifestWith({ variants, deltas });
  expect(() => altStoreVersion(manifest, { ...options, assetURLs: "flat" })).toThrow(
    /^assetURLs: expected files of different names, .* got "v1"$/,
  );
});

test.each([
  ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"],
  ["2024-02-29", "2024-02-29"],
  ["2026-03-01T12:00+01:00", "2026-03-01T12:00:00+01:00"],
  ["2026-03-01T12:00:07.123-05:30", "2026-03-01T12:00:07-05:30"],
])("the date %s is written as AltStore reads it: %s", (date, written) =>
  expect(altStoreVersion(manifestWith(), { ...options, date }).date).toBe(written),
);

test("a Date of another realm is read too, as jest has them", () => {
  const date: Date = runInNewContext("new Date('2026-03-01T12:00:00Z')");
  expect(date).not.toBeInstanceOf(Date);
  expect(altStoreVersion(manifestWith(), { ...options, date }).date).toBe("2026-03-01T12:00:00Z");
});

test.each<[object, RegExp]>([
  [{ date: "2026-02-30" }, /^date: expected a Date, or ISO 8601/],
  [{ date: "2026-13-01" }, /^date: expected/],
  [{ date: "2026-03-01T25:00:00Z" }, /^date: expected/],
  [{ date: "2026-03-01T24:00:00Z" }, /^date: expected/],
  [{ date: "2026-03-01T12:00:00" }, /^date: expected/],
  [{ date: "March 1, 2026" }, /^date: expected/],
  [{ date: "2026-3-1" }, /^date: expected/],
  [{ date: 1_798_000_000 }, /^date: expected/],
  [{ date: new Date(Number.NaN) }, /^date: .*got an invalid Date$/],
  [{ url: "http://example.com/adp" }, /^url: expected an https URL, got a URL with http:$/],
  [{ url: "https://example.com/adp?x" }, /^url: expected/],
  [{ url: "https://example.com/a|b" }, /^url: expected/],
  [{ size: 0 }, /^size: expected/],
  [{ localizedDescription: "" }, /^localizedDescription: expected/],
  [{ assetURLs: "yes" }, /^assetURLs: expected "flat" or an object/],
  [{ assetURLs: { "manifest.json": "https://example.com/m" } }, /^assetURLs: .* got "manifest.json"$/],
  [{ assetURLs: { v9: "https://example.com/v9" } }, /^assetURLs: expected names .* got "v9"$/],
  [{ assetURLs: { manifest: "ftp://example.com/m" } }, /^assetURLs.manifest: expected an https URL/],
])("the options %j are refused", (wrong, message) => {
  const make = () => altStoreVersion(manifestWith(), { ...options, ...wrong } as AltStoreVersionOptions);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

test("an app has the fields that the manifest has", () => {
  const known = { bundleIdentifier: "org.example.notes", marketplaceID: "6700000042" };
  expect(altStoreApp(manifestWith())).toStrictEqual(known);
  expect(() => altStoreApp(manifestWith({ appleItemId: 1 }))).toThrow(/^manifest.appleItemId: expected/);
  expect(() => altStoreApp(manifestWith({ bundleId: "" }))).toThrow(/^manifest.bundleId: expected/);
  expect(() => altStoreVersion(manifestWith({ variants: [] }), options)).toThrow(/^manifest.variants: /);
});

test.each<[Record<string, unknown>, RegExp]>([
  [{ variants: undefined }, /^manifest.variants: expected a list of variants, got undefined$/],
  [{ variants: [{}] }, /^manifest.variants.variantDetails.compressedSize: expected .* got undefined$/],
  [
    { variants: [{ assetPath: "variant/a.ipa", variantDetails: { compressedSize: "5" } }] },
    /^manifest.variants.variantDetails.compressedSize: expected .* got "5"$/,
  ],
  [{ variants: [null] }, /^manifest.variants/],
])("a manifest with %j is refused", (fields, message) => {
  expect(() => altStoreVersion(manifestWith(fields), options)).toThrow(message);
});

test("a flat host needs the path of every file", () => {
  const flat = { ...options, size: 5, assetURLs: "flat" } as const;
  const message = /^manifest: expected an assetPath in each asset, got undefined$/;
  expect(() => altStoreVersion(manifestWith({ variants: [{}] }), flat)).toThrow(message);
  expect(() => altStoreVersion(manifestWith({ deltas: [null] }), flat)).toThrow(message);
});
