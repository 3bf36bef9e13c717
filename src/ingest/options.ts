import {
  checkDuration,
  checkFunction,
  checkNumber,
  checkObject,
  checkSignal,
  optionError,
  show,
} from "../checks.js";
import type { CdnFetch } from "./download/http-get.js";
import { FolderStore } from "./folder/folder-store.js";
import { checkPath } from "./folder/paths.js";
import { readTrust, type TrustedRoots } from "./package/signature/roots.js";
import type { IngestProgress } from "./progress.js";
import { checkStore, type PackageStore } from "./store.js";
import { checkVersionChoice, type VersionChoice, type VersionWait } from "./version-choice.js";

/** Where the package is to be: exactly one of a folder and a store. */
export type PlaceChoice =
  | {
      /**
       * The path of the folder that becomes the package: `manifest.json`, `signature`, `variant/`, `delta/` and nothing
       * else. Short for `store: folderStore(directory)`.
       *
       * Its parent is created if necessary. While the ingest runs, and after one that failed, the parent also contains
       * the staging folder `.<name>.ingest`. A package folder at this path is replaced once the new one is complete; its
       * right files are reused. Anything else at this path is an error with reason `target`. A path inside another package
       * is a TypeError.
       */
      readonly directory: string;
      readonly store?: undefined;
    }
  | {
      readonly directory?: undefined;
      /** Where the package is to be, such as `s3Store({ client, bucket, prefix })`. */
      readonly store: PackageStore;
    };

/** Options of `ingestPackage`: a {@link VersionChoice}, a {@link PlaceChoice}, and the following. */
export type IngestOptions = VersionChoice &
  PlaceChoice & {
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
     * How many assets to work on at a time, from 1 to 256.
     *
     * Each takes up to two megabytes of memory and one connection.
     *
     * @default 8
     */
    readonly concurrency?: number | undefined;
    /**
     * The path of a folder, or a store, with another version of the package.
     *
     * Its assets with the right digests are taken instead of downloaded: from a folder into a folder, linked, or copied if
     * the file system cannot link them; from a bucket into a bucket of the same client, copied inside the store. From other
     * stores nothing is taken. The place itself is not changed. One that does not exist is ignored. The package in place is
     * always reused, so this is for a version that is somewhere else.
     *
     * @default undefined: nothing but the package in place is reused
     */
    readonly reuse?: string | PackageStore | undefined;
    /**
     * Where the key blobs of the assets are written as JSON (see `KeyBlobFile`): the path of a file, or a store that gets a
     * file `key-blobs.json`.
     *
     * It has to be outside of the package, because that is served. A path's file has mode 0600, and its folder is created
     * if necessary. A store has to be one for private files, such as an `s3Store` with a bucket that nobody can read
     * without credentials. The file is replaced in one step just before the package is.
     *
     * @default undefined: the key blobs are only in the result
     */
    readonly keyBlobs?: string | PackageStore | undefined;
    /** The earlier name of `IngestOptions.keyBlobs` for a path. Give one of the two. */
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
     * format. A package without any signature is refused all the same. Assets without chunk digests in the manifest then
     * need a `fileChecksum` of the API.
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
     */
    readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
    /**
     * Ends the ingest. `ingestPackage` then rejects with the signal's reason.
     *
     * What was downloaded stays, and a later run for the same place continues there.
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
export type IngestSettings = Omit<IngestOptions, keyof VersionChoice | "store" | "reuse"> &
  VersionChoice & {
    readonly store: PackageStore;
    /** Other places that may have the same assets. */
    readonly reuse: readonly PackageStore[];
    readonly concurrency: number;
    readonly stallTimeout: number;
    readonly signature: "require" | "report";
    /** The SHA-256 of the accepted roots, in lower-case hex. */
    readonly roots: ReadonlySet<string>;
  };

const DEFAULT_CONCURRENCY = 8;
const MAX_CONCURRENCY = 256;
const DEFAULT_STALL_TIMEOUT = 30_000;

/** @throws TypeError unless the value is a path or a store */
export function checkPlace(name: string, value: unknown): string | PackageStore {
  if (typeof value === "string") return checkPath(name, value);
  return checkStore(name, value, "a path or a PackageStore");
}

function readReuse({ reuse }: IngestOptions): PackageStore[] {
  if (reuse === undefined) return [];
  const place = checkPlace("reuse", reuse);
  return [typeof place === "string" ? new FolderStore(place) : place];
}

/** Finds out where the package is to be. @throws TypeError */
function readTarget({ directory, store }: IngestOptions): PackageStore {
  if (store === undefined) return new FolderStore(checkPath("directory", directory));
  if (directory === undefined) return checkStore("store", store);
  throw optionError("directory, store", "exactly one of them", "both");
}

/** Finds out where the key blobs are to be written. @throws TypeError */
function readKeyBlobs({ keyBlobs, keyBlobFile }: IngestOptions): string | PackageStore | undefined {
  if (keyBlobFile === undefined) return keyBlobs === undefined ? undefined : checkPlace("keyBlobs", keyBlobs);
  if (keyBlobs !== undefined) throw optionError("keyBlobs, keyBlobFile", "at most one of them", "both");
  return checkPath("keyBlobFile", keyBlobFile);
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
  } = checkObject("options", options);
  checkVersionChoice(options);
  const store = readTarget(options);
  const reuse = readReuse(options);
  const keyBlobs = readKeyBlobs(options);
  if (options.onProgress !== undefined) checkFunction("onProgress", options.onProgress);
  if (options.fetch !== undefined) checkFunction("fetch", options.fetch);
  checkSignal(options.signal);
  checkNumber("concurrency", concurrency, { min: 1, max: MAX_CONCURRENCY, whole: true });
  checkDuration("stallTimeout", stallTimeout);
  if (signature !== "require" && signature !== "report") {
    throw optionError("signature", '"require" or "report"', show(signature));
  }
  const roots = readTrust(options.trust);
  return { ...options, store, reuse, keyBlobs, concurrency, stallTimeout, signature, roots };
}
