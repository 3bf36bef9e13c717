import { kindOf, optionError } from "../checks.js";
import type { Clock } from "../clock.js";
import { isObject } from "../json.js";
import type { ByteRange } from "./package/chunk-tracker.js";
import type { DigestAlgorithm } from "./package/digest.js";

/** What every call to a store gets. */
export interface StoreContext {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** For waits before further attempts. */
  readonly clock: Clock;
}

/**
 * A place for one package: `folderStore`, `s3Store`, or a store of your own. Nothing happens before a method is called.
 *
 * What a method throws ends the ingest and reaches its caller. Throw an `IngestError` with reason `store` whose message
 * says what to do.
 */
export interface PackageStore {
  /** The store's address in results and errors: an absolute path, or `s3://bucket/prefix/`. */
  readonly location: string;
  /**
   * Lists every file: its path in the package (`variant/<file>`), and its size in bytes. Empty if there is nothing. A
   * path with a final `/` is an empty folder.
   */
  list(context: StoreContext): Promise<ReadonlyMap<string, number>>;
  /** Reads a file's bytes, in order. Undefined if there is no such file. */
  read(path: string, context: StoreContext): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Begins an ingest: takes the lock, if the store has one, and repairs what a killed run left.
   *
   * @throws IngestError with reason `busy` if another ingest runs, or `target` if what is there is not a package
   */
  open(context: StoreContext): Promise<StoreChange>;
  /**
   * Removes the package, its manifest first, and everything that unfinished ingests left. Nothing to remove is no error.
   *
   * @throws IngestError with reason `busy` or `target`, as `open` does
   */
  remove(context: StoreContext): Promise<void>;
  /**
   * Stores a small file that nobody may read without permission, for the option `keyBlobs`. It replaces an earlier file of
   * this name in one step. Left out by stores for files that are served.
   */
  writePrivate?(name: string, bytes: Uint8Array, context: StoreContext): Promise<void>;
}

/** The two small files of a package, as they came from Apple. */
export interface PackageFiles {
  readonly manifest: Buffer;
  readonly signature: Buffer;
}

/** An asset as a store sees it. */
export interface StorableAsset {
  /** Its path in the package: `variant/<file>` or `delta/<file>`. */
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
  readonly algorithm: DigestAlgorithm;
  /** Bytes of a chunk; `bytes` or more if there is one digest for the whole file. */
  readonly chunkSize: number;
  /** One digest for each chunk, in lower-case hex. They prove the content. */
  readonly digests: readonly string[];
}

/**
 * One ingest into a store. The ingest calls `prepare`, then `openAsset` for each asset, then `commit`; if the package in
 * place is complete, `commit` alone. It always calls `close` at the end.
 */
export interface StoreChange {
  /** The store's location. A folder's is without symbolic links in its parent folders. */
  readonly location: string;
  /** The package's files as they were in place when the change began. A file that cannot be read is left out. */
  readonly existing: Partial<PackageFiles>;
  /**
   * The folders of this machine that the change uses, if it does. A key blob file may not be in them, and errors of the
   * file system name the staging folder.
   */
  readonly folders?: { readonly target: string; readonly staging: string } | undefined;
  /**
   * Keeps one private file, a version's package zip, for a later run. Left out by stores that have no place for it: then
   * the zip, about one megabyte, is downloaded again.
   */
  readonly cache?: PackageCache | undefined;
  /**
   * Whether exactly these assets are in place with the right content, by the digests that this store keeps with them.
   * Left out by stores that keep none: then the ingest reads every byte of the package in place.
   */
  isComplete?(assets: readonly StorableAsset[]): Promise<boolean>;
  /**
   * Prepares for a package that is not in place, or damaged. Deletes what earlier runs staged for other packages, and
   * checks that there is room.
   *
   * @param reuse other stores that may have the same assets. Those that the store cannot take assets from are ignored.
   * @throws IngestError with reason `no-space`
   */
  prepare(
    files: PackageFiles,
    assets: readonly Pick<StorableAsset, "path" | "bytes">[],
    reuse: readonly PackageStore[],
  ): Promise<void>;
  /**
   * Opens an asset for writing; several may be open. What the package in place, an earlier run or `reuse` has of it need
   * not be written again.
   */
  openAsset(asset: StorableAsset, check: ContentCheck): Promise<AssetWriter>;
  /**
   * Makes the prepared package visible: readers see the old or the new one, each of them complete. Then deletes what does
   * not belong to it. Without `prepare` before it, only deletes what is left of earlier runs.
   *
   * @param beforeVisible called once, after everything was checked and just before the package becomes visible
   * @returns false if another worker made another package visible since `open`. Then nothing was replaced.
   */
  commit(beforeVisible: () => Promise<void>): Promise<boolean>;
  /** Ends the change, and releases the lock. What a later run can continue stays. */
  close(): Promise<void>;
}

/** Keeps a version's package zip. */
export interface PackageCache {
  read(versionId: string): Promise<Buffer | undefined>;
  write(versionId: string, zip: Buffer): Promise<void>;
}

/** Says which bytes of an asset are right. The ingest digests all bytes, so that a store need not. */
export interface ContentCheck {
  /** Whether all digests of the chunks in a range are right. Bytes count once `write` was called with them. */
  isRight(range: ByteRange): boolean;
  /** Tells the ingest that bytes have to be written again. The range consists of whole chunks. */
  onDropped(range: ByteRange): void;
}

/** Stores one asset. */
export interface AssetWriter {
  /** Whether the bytes that are stored already come from a package. False if they come from an unfinished run. */
  readonly isReused: boolean;
  /**
   * Whether `write` needs the bytes no more once it has returned, or its promise is resolved. Then their memory is freed at
   * once, and the process takes less memory and CPU time. Otherwise the garbage collector frees it.
   *
   * @default false
   */
  readonly copiesBytes?: boolean | undefined;
  /** Whole chunks that are stored and were checked when they were. They need not be written. */
  readonly kept: readonly ByteRange[];
  /**
   * Reads all bytes that are there, in order, for the ingest to digest them. Left out if there are none, or if the store
   * cannot read them.
   *
   * @returns false if nothing of what was read can be kept, so that all of it has to be written
   */
  readBack?(update: (bytes: Uint8Array, position: number) => void): Promise<boolean>;
  /**
   * Where writing has to begin to store the byte at `position`: there or before it. Left out if it can begin at every
   * chunk's first byte, and continue where it stopped.
   */
  startFor?(position: number): number;
  /**
   * Stores bytes, which the ingest has digested. They follow those of the call before, or begin where `startFor` said.
   * Returns a promise only if that takes time; then the next call waits for it.
   */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined;
  /** Stores the asset durably, after all bytes were found right. */
  finish(): Promise<void>;
  /** Frees memory and files. What was not finished stays for a later run, where that is possible. */
  close(): Promise<void>;
}

const METHODS = ["list", "read", "open", "remove"] as const;

/** @throws TypeError unless the value has the properties and methods that every store has */
export function checkStore(name: string, value: unknown, expected = "a PackageStore"): PackageStore {
  if (isPackageStore(value)) return value;
  // The value may contain a key.
  throw optionError(name, expected, kindOf(value));
}

function isPackageStore(value: unknown): value is PackageStore {
  if (!isObject(value) || typeof value.location !== "string") return false;
  return METHODS.every((method) => typeof value[method] === "function");
}
