import type { CdnFetch } from "./download/get.js";
import { quote } from "./errors.js";
import type { IngestProgress } from "./progress.js";
import type { VersionChoice } from "./source.js";

/** Options of `ingestPackage`: one of the three ids, and where to. */
export interface IngestOptions extends VersionChoice {
  /**
   * The folder that becomes the package: `manifest.json`, `signature`, `variant/`, `delta/` and nothing else. Its parent
   * is created where needed, and holds the staging folder `.<name>.ingest` meanwhile.
   */
  directory: string;
  /** Assets in flight at once. Default 8. Memory grows with it, by less than one megabyte each. */
  concurrency?: number | undefined;
  /** A folder of an earlier version: its assets that are still right are linked or copied, not downloaded. */
  reuse?: string | undefined;
  /**
   * A JSON file outside the folder for the assets' key blobs ({@link KeyBlobFile}): mode 0600, replaced in one step
   * just before the folder is. Without it they are only in the result.
   */
  keyBlobFile?: string | undefined;
  /** Milliseconds without a byte from the CDN after which a connection counts as broken. Default 30,000. */
  stallTimeout?: number | undefined;
  /** Told how far it is, at most ten times a second, and once at the end. What it throws ends the ingest. */
  onProgress?: ((progress: IngestProgress) => void) | undefined;
  /** Ends the ingest at once, with the signal's reason; the next run goes on from there. */
  signal?: AbortSignal | undefined;
  /** For the CDN alone, called `(url, init)`, for example to use a proxy. Default: node:http(s), which is faster. */
  fetch?: CdnFetch | undefined;
}

/** The options after their check, with the defaults. */
export interface IngestSettings extends IngestOptions {
  concurrency: number;
  stallTimeout: number;
}

const IDS = ["versionId", "packageId", "appStoreVersionId"] as const;

function checkText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw new TypeError(`${name}: expected text, not ${quote(value)}`);
  if (value.includes("\0")) throw new TypeError(`${name}: holds a NUL character`);
}

function checkNumber(name: string, value: number, highest: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= highest) return;
  throw new TypeError(`${name}: expected a whole number from 1 to ${highest}, not ${quote(value)}`);
}

/**
 * Checks the options.
 *
 * @throws TypeError naming the option that is wrong
 */
export function readOptions(options: IngestOptions): IngestSettings {
  const { concurrency = 8, stallTimeout = 30_000, reuse, keyBlobFile } = options;
  const given = IDS.filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    throw new TypeError(
      `expected one of versionId, packageId and appStoreVersionId, not ${given.join(" and ") || "none"}`,
    );
  }
  for (const name of given) checkText(name, options[name]);
  checkText("directory", options.directory);
  if (reuse !== undefined) checkText("reuse", reuse);
  if (keyBlobFile !== undefined) checkText("keyBlobFile", keyBlobFile);
  checkNumber("concurrency", concurrency, 256);
  // The longest time a timer can wait.
  checkNumber("stallTimeout", stallTimeout, 2 ** 31 - 1);
  return { ...options, concurrency, stallTimeout };
}
