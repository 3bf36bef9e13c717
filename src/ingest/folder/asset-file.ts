import { closeSync, constants, fstatSync, fsync, ftruncateSync, lstatSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AssetWriter, ContentCheck, StorableAsset, StoreContext } from "../store.js";
import { diskCode } from "./disk.js";
import { FileWriter } from "./file-writer.js";
import { readFileRange } from "./read-file-range.js";
import { reuseFile } from "./reuse.js";

interface AssetFileOptions {
  /** The package folder in staging. */
  readonly root: string;
  /** Folders of other packages that may contain the same asset. */
  readonly reuseFolders: readonly string[];
  readonly check: ContentCheck;
  readonly context: StoreContext;
}

const CLOSED = -1;
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
 * An asset's file in staging, complete or not.
 *
 * Opening and closing are synchronous: for thousands of small files that takes less time than passing it to another thread.
 * Reading and syncing, which may take longer, are asynchronous.
 */
export class AssetFile implements AssetWriter {
  readonly isReused: boolean;
  readonly copiesBytes = true;
  // What an earlier run left is always read back.
  readonly kept = [];
  readonly #path: string;
  readonly #bytes: number;
  readonly #check: ContentCheck;
  readonly #signal: AbortSignal;
  readonly #writer: FileWriter;
  #fd: number;
  #isEmpty: boolean;
  /** Whether the file is a hard link to one in another folder. Such a file is never written. */
  #isLinked = false;

  private constructor(asset: StorableAsset, wasReused: boolean, { root, check, context }: AssetFileOptions) {
    this.#path = join(root, asset.path);
    this.#bytes = asset.bytes;
    this.#check = check;
    this.#signal = context.signal;
    this.#writer = new FileWriter(context.clock);
    const created = createFile(this.#path);
    this.#isEmpty = created !== undefined;
    this.#isLinked = created === undefined && lstatSync(this.#path).nlink > 1;
    this.isReused = wasReused || this.#isLinked;
    // A linked file may be read-only.
    const flags = (this.#isLinked ? constants.O_RDONLY : constants.O_RDWR) | (constants.O_NOFOLLOW ?? 0);
    this.#fd = created ?? openSync(this.#path, flags);
  }

  /** Opens the file that an earlier run left, or the same asset of another package, or creates an empty file. */
  static async open(asset: StorableAsset, options: AssetFileOptions): Promise<AssetFile> {
    const { root, reuseFolders, context } = options;
    const wasReused = await reuseFile(asset, reuseFolders, join(root, asset.path), context.signal);
    return new AssetFile(asset, wasReused, options);
  }

  async readBack(update: (bytes: Uint8Array, position: number) => void): Promise<boolean> {
    if (this.#isEmpty) return true;
    const { size } = fstatSync(this.#fd);
    const bytes = this.#bytes;
    // No digest covers bytes after the end.
    if (size > bytes && !this.#isLinked) ftruncateSync(this.#fd, bytes);
    const range = { fd: this.#fd, start: 0, end: Math.min(size, bytes) };
    await readFileRange(range, update, this.#signal);
    const isWhole = size === bytes && this.#check.isRight({ start: 0, end: bytes });
    if (!this.#isLinked || isWhole) return true;
    this.#replaceLink();
    return false;
  }

  /** Puts a new, empty file in place of a link whose file is wrong. The file in the other folder stays as it is. */
  #replaceLink(): void {
    closeSync(this.#fd);
    // If one of the next two fails, another file may get the same number.
    this.#fd = CLOSED;
    rmSync(this.#path);
    this.#fd = openSync(this.#path, "wx+");
    this.#isLinked = false;
    this.#isEmpty = true;
  }

  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    this.#isEmpty = false;
    return this.#writer.write(this.#fd, bytes, position);
  }

  /** Makes the bytes survive a power failure. */
  async finish(): Promise<void> {
    await fsyncAsync(this.#fd);
  }

  async close(): Promise<void> {
    if (this.#fd !== CLOSED) closeSync(this.#fd);
  }
}
