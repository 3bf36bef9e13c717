import { isObject, parseJson } from "../json.js";
import type { DeviceRequest, RequestedApp } from "./documents.js";

/** More apps than a device can have of one marketplace. */
const MAX_APPS = 1000;

/**
 * Reads what a device posts to ask for updates or restores. Devices differ from Apple's documentation, so it accepts a
 * platform in any letter case, ids as numbers, a missing `appleVersionId`, and fields it does not know. An app that is listed
 * twice counts once. What it returns can be used in a path or a query: ids are digits.
 *
 * @returns the request, or what is wrong with it
 */
export function readDeviceRequest(bytes: Uint8Array): DeviceRequest | string {
  const document = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(document)) return "The body is not a JSON object";
  const platform = readPlatform(document.platform);
  if (platform === undefined) return "platform is not the name of a platform";
  const osVersion = readVersion(document.osVersion);
  if (osVersion === undefined) return "osVersion is not a version such as 18.1";
  if (!Array.isArray(document.apps)) return "apps is not a list";
  if (document.apps.length > MAX_APPS) return `apps lists more than ${MAX_APPS} apps`;
  const apps = new Map<string, RequestedApp>();
  for (const [index, entry] of document.apps.entries()) {
    const app = readApp(entry);
    if (!app)
      return `apps[${index}] is not an object with appleItemId and, if at all, appleVersionId: digits`;
    if (!apps.has(app.appleItemId)) apps.set(app.appleItemId, app);
  }
  return { apps: [...apps.values()], platform, osVersion };
}

function readApp(entry: unknown): RequestedApp | undefined {
  if (!isObject(entry)) return undefined;
  const appleItemId = readDigits(entry.appleItemId);
  if (appleItemId === undefined) return undefined;
  const version = entry.appleVersionId;
  if (version === undefined || version === null || version === "") return { appleItemId };
  const appleVersionId = readDigits(version);
  return appleVersionId === undefined ? undefined : { appleItemId, appleVersionId };
}

function readDigits(value: unknown): string | undefined {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === "string" && /^\d{1,20}$/.test(text) ? text : undefined;
}

function readPlatform(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^[a-z]{1,20}$/i.test(value)) return undefined;
  const platform = value.toLowerCase();
  // Manifests have "ios" also for iPads. Whether an iPad ever says iPadOS here is not known.
  return platform === "ipados" ? "ios" : platform;
}

/** The version without what may follow it, such as a build number. */
function readVersion(value: unknown): string | undefined {
  return typeof value === "string" ? /^\d{1,5}(?:\.\d{1,5}){0,3}(?![\d.])/.exec(value)?.[0] : undefined;
}
