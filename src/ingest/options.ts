import { checkDuration, checkFunction, checkNumber, checkText, optionError, show } from "../checks.js";
import type { CdnFetch } from "./download/http-get.js";
import { readTrust, type TrustedRoots } from "./package/signature/roots.js";
import type { IngestProgress } from "./progress.js";
import { checkVersionChoice, type VersionChoice, type VersionWait } from "./version-choice.js";

/** Options of `ingestPackage`: a {@link VersionChoice}, and the following. */
export type IngestOptions = VersionChoice & {
  /**
   * Whether to create the package if the App Store version has none, and to wait until Apple has built it: for
   * `appStoreVersionId` and `bundleId`. Only the app's developer can create one.
   *
   * @default false
   */
  readonly create?: boolean | undefined;
  /**
   * Whether to wait for the package's first version while Apple builds it, and how: see
   * `client.packages.waitForCurrentVersion`. Not for `versionId`.
   *
   * @default the value of `create`
   */
  readonly wait?: boolean | VersionWait | undefined;
  /**
   * The path of the folder that becomes the package: `manifest.json`, `signature`, `variant/`, `delta/` and nothing else.
   *
   * Its parent is created if necessary. While the ingest runs, and after one that failed, the parent also contains the
   * staging folder `.<name>.ingest`. A package folder at this path is replaced once the new one is complete; its right
   * files are reused. Anything else at this path is an error with reason `target`.
   */
  readonly directory: string;
  /**
   * How many assets to work on at a time, from 1 to 256.
   *
   * Each takes up to one megabyte of memory and one connection.
   *
   * @default 8
   */
  readonly concurrency?: number | undefined;
  /**
   * The path of a folder with another version of the package.
   *
   * Its assets with the right digests are linked, or copied if the file system cannot link them, instead of downloaded.
   * The folder itself is not changed. A folder that does not exist is ignored. The package at `directory` is always
   * reused, so this is for a version that is in another folder.
   *
   * @default undefined: nothing but the package at `directory` is reused
   */
  readonly reuse?: string | undefined;
  /**
   * The path of a JSON file to which the key blobs of the assets are written (see `KeyBlobFile`).
   *
   * It has to be outside `directory`, because that folder is served. The file has mode 0600. It is replaced in one step
   * just before the package is. Its folder is created if necessary.
   *
   * @default undefined: the key blobs are only in the result
   */
  readonly keyBlobFile?: string | undefined;
  /**
   * One or more root certificates in PEM that are trusted in place of Apple's, for the sandbox: `sandbox.trust`. All
   * other rules for signatures stay.
   *
   * @default undefined: Apple Root CA - G3 alone is trusted
   */
  readonly trust?: TrustedRoots | undefined;
  /**
   * What to do with a package whose signature is invalid. `require` refuses it with reason `signature`, before an asset is
   * downloaded. `report` ingests it, and says what is wrong in `result.signature`: for the day when Apple changes the
   * format. A package without any signature is refused all the same. Assets whose manifest has no chunk digests then need a `fileChecksum` of the API to be checked.
   *
   * @default "require"
   */
  readonly signature?: "require" | "report" | undefined;
  /**
   * Time without a byte from the CDN, in ms, after which a connection counts as broken.
   *
   * The download then continues on a new connection. An ingest ends with reason `download` only after 60 s in which none
   * of its downloads received a byte. Calls to the API have the client's own `timeout` instead.
   *
   * @default 30_000
   */
  readonly stallTimeout?: number | undefined;
  /**
   * Called at most ten times a second while the ingest runs, and once at the end with phase `done`.
   *
   * An error that it throws ends the ingest, and `ingestPackage` rejects with it.
   *
   * @default undefined
   */
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
  /**
   * Ends the ingest. `ingestPackage` then rejects with the signal's reason.
   *
   * What was downloaded stays in the staging folder, and a later run with the same `directory` continues there.
   *
   * @default undefined
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * A `fetch` for the CDN only, called `(url: string, init)`, for example to use a proxy.
   *
   * It must pass on `init.signal`, which ends a download after `stallTimeout`, and `init.redirect`, which is `manual`:
   * redirects are followed by the ingest. Calls to the API use the client's own `fetch`.
   *
   * @default node:http and node:https, which take less CPU time; the global `fetch` if that has a proxy: a global
   * dispatcher of undici, or Node's `NODE_USE_ENV_PROXY` or `--use-env-proxy`
   */
  readonly fetch?: CdnFetch | undefined;
};

/** The options after their check, with the defaults. */
export type IngestSettings = IngestOptions & {
  readonly concurrency: number;
  readonly stallTimeout: number;
  readonly signature: "require" | "report";
  /** The SHA-256 of the accepted roots, in lower-case hex. */
  readonly roots: ReadonlySet<string>;
};

const DEFAULT_CONCURRENCY = 8;
const MAX_CONCURRENCY = 256;
const DEFAULT_STALL_TIMEOUT = 30_000;

/** @throws TypeError unless the value is a path that the file system can have. */
export function checkPath(name: string, value: unknown): string {
  const path = checkText(name, value, "a path");
  if (path.includes("\0")) throw optionError(name, "a path without NUL characters", show(path));
  return path;
}

/**
 * Checks the options.
 *
 * @throws TypeError naming the option that is wrong
 */
export function readIngestOptions(options: IngestOptions): IngestSettings {
  const {
    concurrency = DEFAULT_CONCURRENCY,
    stallTimeout = DEFAULT_STALL_TIMEOUT,
    signature = "require",
  } = options;
  checkVersionChoice(options);
  checkPath("directory", options.directory);
  if (options.reuse !== undefined) checkPath("reuse", options.reuse);
  if (options.keyBlobFile !== undefined) checkPath("keyBlobFile", options.keyBlobFile);
  if (options.onProgress !== undefined) checkFunction("onProgress", options.onProgress);
  if (options.fetch !== undefined) checkFunction("fetch", options.fetch);
  checkNumber("concurrency", concurrency, { min: 1, max: MAX_CONCURRENCY, whole: true });
  checkDuration("stallTimeout", stallTimeout);
  if (signature !== "require" && signature !== "report") {
    throw optionError("signature", '"require" or "report"', show(signature));
  }
  const roots = readTrust(options.trust);
  return { ...options, concurrency, stallTimeout, signature, roots };
}
