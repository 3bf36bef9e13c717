import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, fsync, ftruncateSync, lstatSync, openSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import type { Clock } from "../../clock.js";
import { ChunkTracker, type ChunkTrackerOptions } from "../package/chunk-tracker.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import { diskCode } from "./disk.js";
import { FileWriter } from "./file-writer.js";
import { readFileRange } from "./read-file-range.js";

/** What an {@link AssetFile} needs beside its asset. */
interface AssetFileOptions extends ChunkTrackerOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const fsyncAsync = promisify(fsync);

/** Creates a file. Undefined if there is one already. */
function createFile(path: string): number | undefined {
  try {
    return openSync(path, "wx+");
  } catch (error) {
    if (diskCode(error) === "EEXIST") return undefined;
    throw error;
  }
}

/**
 * An asset's file in staging, complete or not. What is on disk is read and digested once, when the file is opened; what
 * is written is digested on the way.
 *
 * Opening and closing are synchronous: for thousands of small files that takes less time than asking another thread.
 * Reading and syncing, which may take longer, are asynchronous.
 */
export class AssetFile {
  readonly chunks: ChunkTracker;
  /** How many bytes were written since the file was opened. */
  bytesWritten = 0;
  readonly #options: AssetFileOptions;
  readonly #writer: FileWriter;
  #fd: number;
  #isLinked: boolean;

  private constructor(asset: PackageAsset, fd: number, isLinked: boolean, options: AssetFileOptions) {
    this.chunks = new ChunkTracker(asset, options);
    this.#options = options;
    this.#writer = new FileWriter(options.clock);
    this.#fd = fd;
    this.#isLinked = isLinked;
  }

  /** Opens or creates the file, and digests what is in it. */
  static async open(asset: PackageAsset, options: AssetFileOptions): Promise<AssetFile> {
    const { path } = options;
    const created = createFile(path);
    if (created !== undefined) return new AssetFile(asset, created, false, options);
    // A file that is linked to another folder is never written, so it is opened for reading, which is all that its
    // permissions may allow.
    const isLinked = lstatSync(path).nlink > 1;
    const flags = (isLinked ? constants.O_RDONLY : constants.O_RDWR) | (constants.O_NOFOLLOW ?? 0);
    const file = new AssetFile(asset, openSync(path, flags), isLinked, options);
    try {
      await file.#digestExisting();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Whether the file is a hard link to one in another folder. */
  get isLinked(): boolean {
    return this.#isLinked;
  }

  async #digestExisting(): Promise<void> {
    const { chunks } = this;
    const { bytes } = chunks.asset;
    const { size } = fstatSync(this.#fd);
    // No chunk's digest covers bytes after the end.
    if (size > bytes && !this.#isLinked) ftruncateSync(this.#fd, bytes);
    const range = { fd: this.#fd, start: 0, end: Math.min(size, bytes) };
    await readFileRange(range, (part, position) => chunks.update(part, position), this.#options.signal);
    chunks.mismatches.length = 0;
    const isWhole = chunks.complete && size === bytes;
    if (this.#isLinked && !isWhole) this.#replaceLink();
  }

  /** Puts a new, empty file in place of a link whose file is wrong. The file in the other folder stays as it is. */
  #replaceLink(): void {
    const { path } = this.#options;
    closeSync(this.#fd);
    rmSync(path);
    this.#fd = openSync(path, "wx+");
    this.#isLinked = false;
    this.chunks.reset();
  }

  /** Writes and digests bytes in the order of `chunks.nextMissing()`. Returns a promise only if that takes time. */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    // Before the write: this may throw what the caller's onProgress throws, and then no write may be under way.
    this.chunks.update(bytes, position);
    this.bytesWritten += bytes.length;
    return this.#writer.write(this.#fd, bytes, position);
  }

  /** The digest of a complete file by one of `wholeAlgorithms`, in hex. */
  async wholeDigest(algorithm: string): Promise<string> {
    const known = this.chunks.wholeDigest(algorithm);
    if (known !== undefined) return known;
    const hash = createHash(algorithm);
    const range = { fd: this.#fd, start: 0, end: this.chunks.asset.bytes };
    await readFileRange(range, (part) => void hash.update(part), this.#options.signal);
    return hash.digest("hex");
  }

  /** Makes the bytes survive a power failure. */
  async sync(): Promise<void> {
    await fsyncAsync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
