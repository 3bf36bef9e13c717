import { checkNumber, checkObject, kindOf, optionError } from "../checks.js";
import { isObject } from "../json.js";
import { checkDigits, checkHttpsUrl } from "./checks.js";
import type {
  AppEndpoints,
  LicenseEndpoints,
  MarketplaceKitConfiguration,
  UpdatesEndpoint,
} from "./documents.js";

/**
 * The document to serve as JSON at `/.well-known/marketplace-kit`. It is checked: every URL is https, and `pollingInterval` is
 * a whole number of hours, 24 or more. Fields that Apple does not know are left out.
 *
 * Serve it over https and without a redirect on the domain registered in App Store Connect. Apple does not state whether
 * devices ask the host of the package instead where that is a subdomain: serve it on both. Apple states no content type:
 * `application/json` fits.
 *
 * @example
 * const configuration = marketplaceKitConfiguration({
 *   restore: "https://example.com/restore",
 *   updates: { url: "https://example.com/updates", pollingInterval: 24 },
 * });
 * const response = Response.json(configuration);
 *
 * @throws TypeError if a field is missing or wrong
 */
export function marketplaceKitConfiguration(
  options: MarketplaceKitConfiguration,
): MarketplaceKitConfiguration {
  const endpoints = checkEndpoints("", options);
  const { overridesByAppleItemID: overrides } = options;
  if (overrides === undefined) return endpoints;
  const entries = Object.entries(checkObject("overridesByAppleItemID", overrides)).map(([id, override]) => {
    checkDigits("overridesByAppleItemID", id, "the Apple ID of an app as each key");
    return [id, checkEndpoints(`overridesByAppleItemID.${id}.`, override)] as const;
  });
  return { ...endpoints, overridesByAppleItemID: Object.fromEntries(entries) };
}

/** @param place comes before a field's name in messages: `overridesByAppleItemID.1.` */
function checkEndpoints(place: string, endpoints: unknown): AppEndpoints {
  if (!isObject(endpoints)) {
    throw optionError(place.slice(0, -1) || "configuration", "an object", kindOf(endpoints));
  }
  const { restore, updates, license } = endpoints;
  return {
    restore: checkHttpsUrl(`${place}restore`, restore),
    updates: checkUpdates(`${place}updates`, updates),
    ...(license !== undefined && { license: checkLicense(`${place}license`, license) }),
  };
}

function checkUpdates(place: string, updates: unknown): UpdatesEndpoint {
  if (!isObject(updates)) throw optionError(place, "an object with url and pollingInterval", kindOf(updates));
  const hours = { min: 24, max: Number.MAX_SAFE_INTEGER, unit: "hours", whole: true };
  return {
    url: checkHttpsUrl(`${place}.url`, updates.url),
    pollingInterval: checkNumber(`${place}.pollingInterval`, updates.pollingInterval, hours),
  };
}

function checkLicense(place: string, license: unknown): LicenseEndpoints {
  if (!isObject(license)) throw optionError(place, "an object with the URLs of licensing", kindOf(license));
  const url = (name: keyof LicenseEndpoints) => checkHttpsUrl(`${place}.${name}`, license[name]);
  return {
    dynamicLicenseURL: url("dynamicLicenseURL"),
    licenseRenewalURL: url("licenseRenewalURL"),
    ...(license.licenseResolutionURL !== undefined && { licenseResolutionURL: url("licenseResolutionURL") }),
    signingCertificateURL: url("signingCertificateURL"),
    encryptionCertificateURL: url("encryptionCertificateURL"),
  };
}
