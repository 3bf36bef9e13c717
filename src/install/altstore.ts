import { checkNumber, checkObject, checkText, isDate, kindOf, optionError, show } from "../checks.js";
import type { Manifest } from "../ingest/index.js";
import { ALL_ASSET_KINDS, ASSET_KINDS } from "../ingest/package/asset-kinds.js";
import { isObject } from "../json.js";
import { checkDigits, checkHttpsUrl } from "./checks.js";
import { manifestText, minimumVersion } from "./manifest-fields.js";

/** Options of {@link altStoreVersion}. */
export interface AltStoreVersionOptions {
  /** The https URL of the package's folder, or of the `manifest.json` in it. */
  readonly url: string;
  /**
   * When the version was released: a `Date`, or ISO 8601 such as `2026-03-01` or `2026-03-01T12:00:00Z`. Fractions of a second
   * are left out, because AltStore cannot read them.
   */
  readonly date: string | Date;
  /** What is new in this version. */
  readonly localizedDescription?: string | undefined;
  /** The version to show to people in place of the manifest's. */
  readonly marketingVersion?: string | undefined;
  /**
   * Bytes to show to people.
   * @default the size of the largest variant: AltStore asks for that of any variant, and the largest is never too small
   */
  readonly size?: number | undefined;
  /**
   * URLs of files that are not where the folder would have them, by file name without extension: `manifest`, `signature`, and
   * the id of a variant or delta. Other names are refused. `"flat"` lists all of them, for a host without folders, such as a
   * release page: there `variant/<id>.ipa` is `<url>/<id>.ipa`.
   * @default none
   */
  readonly assetURLs?: "flat" | Readonly<Record<string, string>> | undefined;
}

/** A version of an app in an AltStore source. */
export interface AltStoreVersion {
  readonly version: string;
  readonly buildVersion: string;
  /** ISO 8601: a day, or a time in whole seconds with its offset. */
  readonly date: string;
  readonly localizedDescription?: string | undefined;
  readonly marketingVersion?: string | undefined;
  readonly minOSVersion?: string | undefined;
  /** Bytes. */
  readonly size: number;
  readonly downloadURL: string;
  readonly assetURLs?: Readonly<Record<string, string>> | undefined;
}

/** The fields of an app in an AltStore source that a manifest has. */
export interface AltStoreApp {
  readonly bundleIdentifier: string;
  /** The app's Apple ID: digits. */
  readonly marketplaceID: string;
}

/**
 * The entry for a served package in the `versions` of an AltStore source. Put it first: AltStore takes the first version and
 * does not compare dates. It must differ from each other entry in `version` or `buildVersion`.
 *
 * @throws TypeError if an option or a needed field of the manifest is missing or wrong
 * @see https://faq.altstore.io/developers/make-a-source
 */
export function altStoreVersion(manifest: Manifest, options: AltStoreVersionOptions): AltStoreVersion {
  const { url, date, localizedDescription, marketingVersion, size } = checkObject("options", options);
  const version = manifestText(manifest, "shortVersionString");
  const buildVersion = manifestText(manifest, "bundleVersion");
  const downloadURL = checkDownloadUrl(url);
  const minOSVersion = minimumVersion(manifest, "ios");
  const assetURLs = assetUrls(manifest, downloadURL, options.assetURLs);
  return {
    version,
    buildVersion,
    date: checkDate(date),
    ...(localizedDescription !== undefined && {
      localizedDescription: checkText("localizedDescription", localizedDescription),
    }),
    ...(marketingVersion !== undefined && {
      marketingVersion: checkText("marketingVersion", marketingVersion),
    }),
    ...(minOSVersion !== undefined && { minOSVersion }),
    size: size === undefined ? largestVariant(manifest) : checkBytes("size", size),
    downloadURL,
    ...(assetURLs && { assetURLs }),
  };
}

/**
 * The fields of an app in an AltStore source that a manifest has. A source needs more of an app: `name`, `developerName`,
 * `localizedDescription`, `iconURL`, `versions` and `appPermissions`.
 *
 * @throws TypeError if the manifest does not have them
 */
export function altStoreApp(manifest: Manifest): AltStoreApp {
  return {
    bundleIdentifier: manifestText(manifest, "bundleId"),
    marketplaceID: checkDigits(
      "manifest.appleItemId",
      manifestText(manifest, "appleItemId"),
      "the app's Apple ID",
    ),
  };
}

function checkDownloadUrl(url: unknown): string {
  const text = checkHttpsUrl("url", url);
  if (!/[?#|]/.test(text)) return text;
  throw optionError(
    "url",
    "the URL of a package's folder or manifest",
    "a URL with a query, a fragment or |",
  );
}

function checkBytes(name: string, bytes: unknown): number {
  return checkNumber(name, bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, unit: "bytes", whole: true });
}

/** Manifests often come from JSON.parse, so the value may not have its declared type. */
function largestVariant({ variants }: Manifest): number {
  if (!Array.isArray(variants) || variants.length === 0) {
    throw optionError("manifest.variants", "a list of variants", show(variants));
  }
  const sizes = variants.map((variant) =>
    checkBytes("manifest.variants.variantDetails.compressedSize", variant?.variantDetails?.compressedSize),
  );
  return Math.max(...sizes);
}

const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})(?:(T(?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?(?:\.\d+)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d))?$/;

/** AltStore reads a day, or a time with seconds, without a fraction and with an offset; nothing else. */
function checkDate(date: unknown): string {
  const text = isDate(date) && !Number.isNaN(date.getTime()) ? date.toISOString() : date;
  const [, day, time = "", seconds = ":00", offset] = (typeof text === "string" && ISO_8601.exec(text)) || [];
  // JavaScript reads 2026-02-30 as the 2nd of March, so the day is compared with what was read.
  if (day !== undefined && isDay(day)) return offset ? `${day}${time}${seconds}${offset}` : day;
  const got = isDate(date) ? "an invalid Date" : show(date);
  throw optionError("date", "a Date, or ISO 8601 as 2026-03-01 or 2026-03-01T12:00:00Z", got);
}

function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function assetUrls(
  manifest: Manifest,
  downloadURL: string,
  wanted: unknown,
): Readonly<Record<string, string>> | undefined {
  if (wanted === undefined) return undefined;
  const files = filesByName(manifest);
  if (wanted === "flat") {
    const base = downloadURL.replace(/(?:\/manifest\.json)?\/?$/, "");
    return Object.fromEntries(
      [...files].map(([name, file]) => [name, `${base}/${encodeURIComponent(file)}`]),
    );
  }
  if (!isObject(wanted)) throw optionError("assetURLs", '"flat" or an object of URLs', kindOf(wanted));
  const entries = Object.entries(wanted).map(([name, url]) => {
    if (files.has(name)) return [name, checkHttpsUrl(`assetURLs.${name}`, url)] as const;
    throw optionError("assetURLs", "names of the package's files without extension", show(name));
  });
  return Object.fromEntries(entries);
}

/** Every file of the package, without its folder, by its name without extension. */
function filesByName(manifest: Manifest): ReadonlyMap<string, string> {
  const files = new Map([
    ["manifest", "manifest.json"],
    ["signature", "signature"],
  ]);
  const lists = ALL_ASSET_KINDS.map((kind) => manifest[ASSET_KINDS[kind].listKey] ?? []);
  for (const asset of lists.flat()) {
    const path: unknown = asset?.assetPath;
    const file = typeof path === "string" ? path.slice(path.lastIndexOf("/") + 1) : "";
    if (file === "") throw optionError("manifest", "an assetPath in each asset", show(path));
    const name = file.replace(/\.[^.]*$/, "");
    if (files.has(name)) {
      throw optionError("assetURLs", "files of different names, for a host without folders", show(name));
    }
    files.set(name, file);
  }
  return files;
}
