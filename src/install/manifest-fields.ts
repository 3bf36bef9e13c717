import { optionError, show } from "../checks.js";
import type { Manifest } from "../ingest/index.js";
import { isObject } from "../json.js";
import type { DeviceRequest } from "./documents.js";

/** @throws TypeError unless the manifest has this field, a non-empty string. */
export function manifestText(manifest: Manifest, field: string): string {
  if (!isObject(manifest)) throw optionError("manifest", "a package's manifest, parsed", show(manifest));
  const value = manifest[field];
  if (typeof value === "string" && value !== "") return value;
  throw optionError(`manifest.${field}`, "a non-empty string", show(value));
}

/** The minimum system version for a platform in lower case; `undefined` if the manifest has none. */
export function minimumVersion(manifest: Manifest, platform: string): string | undefined {
  const minimums = isObject(manifest.minimumSystemVersions) ? manifest.minimumSystemVersions : {};
  const found = Object.entries(minimums).find(([name]) => name.toLowerCase() === platform)?.[1];
  return typeof found === "string" ? found : undefined;
}

/**
 * Why a package is not for this device; `undefined` if it is. Without a minimum system version, every version is
 * accepted.
 */
export function deviceProblem(
  manifest: Manifest,
  { platform, osVersion }: Pick<DeviceRequest, "platform" | "osVersion">,
): string | undefined {
  const { platforms } = manifest;
  const listed: readonly unknown[] = Array.isArray(platforms) ? platforms : [];
  if (!listed.some((each) => typeof each === "string" && each.toLowerCase() === platform)) {
    return `This app is not for ${platform}`;
  }
  const minimum = minimumVersion(manifest, platform);
  if (minimum === undefined || compareVersions(osVersion, minimum) >= 0) return undefined;
  return `This app needs ${platform} ${minimum} or later`;
}

/** Negative if `a` is the lower version, 0 if they are equal: `17.4` and `17.4.0` are. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
