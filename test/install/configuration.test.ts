import { expect, test } from "vitest";
import { type MarketplaceKitConfiguration, marketplaceKitConfiguration } from "../../src/install/index.js";

const endpoints = {
  restore: "https://example.com/restore",
  updates: { url: "https://example.com/updates", pollingInterval: 24 },
};
const license = {
  dynamicLicenseURL: "https://example.com/1",
  licenseRenewalURL: "https://example.com/2",
  signingCertificateURL: "https://example.com/4",
  encryptionCertificateURL: "https://example.com/5",
};

test("a valid configuration is returned, with only Apple's fields", () => {
  expect(marketplaceKitConfiguration({ ...endpoints, ...{ other: 1 } })).toStrictEqual(endpoints);
  const whole = {
    ...endpoints,
    license: { ...license, licenseResolutionURL: "https://example.com/3" },
    overridesByAppleItemID: { 6700000042: { ...endpoints, license } },
  };
  const configuration = marketplaceKitConfiguration(whole);
  expect(configuration).toStrictEqual(whole);
  expect(JSON.parse(JSON.stringify(configuration))).toStrictEqual(whole);
});

test.each([
  [{ restore: "http://example.com/restore" }, /^restore: expected an https URL/],
  [{ restore: undefined }, /^restore: expected an https URL/],
  [{ updates: undefined }, /^updates: expected an object with url and pollingInterval, got undefined/],
  [{ updates: { url: "/updates", pollingInterval: 24 } }, /^updates.url: expected an https URL/],
  [
    { updates: { ...endpoints.updates, pollingInterval: 23 } },
    /^updates.pollingInterval: .*from 24 .*\(hours\)/,
  ],
  [
    { updates: { ...endpoints.updates, pollingInterval: 24.5 } },
    /^updates.pollingInterval: expected a whole/,
  ],
  [{ license: {} }, /^license.dynamicLicenseURL: expected an https URL/],
  [{ license: { ...license, licenseResolutionURL: "x" } }, /^license.licenseResolutionURL: expected/],
  [{ license: "none" }, /^license: expected an object/],
  [{ overridesByAppleItemID: { notes: endpoints } }, /^overridesByAppleItemID: expected .*digits/],
  [
    { overridesByAppleItemID: { 67: { updates: endpoints.updates } } },
    /^overridesByAppleItemID.67.restore: /,
  ],
  [{ overridesByAppleItemID: { 67: null } }, /^overridesByAppleItemID.67: expected an object/],
  [{ overridesByAppleItemID: [] }, /^overridesByAppleItemID: expected an object/],
])("%j is refused", (wrong, message) => {
  const options = { ...endpoints, ...wrong } as MarketplaceKitConfiguration;
  expect(() => marketplaceKitConfiguration(options)).toThrow(message);
});

test.each([[undefined], [null], ["{}"]])("%j in place of the options is refused", (wrong) => {
  // The cast stands for a caller in JavaScript, as the one above: the types refuse it.
  const make = () => marketplaceKitConfiguration(wrong as unknown as MarketplaceKitConfiguration);
  expect(make).toThrow(/^configuration: expected an object, got/);
});
