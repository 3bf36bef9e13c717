import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PackageStore, StoreChange, StoreContext } from "../store.js";
import { ifExists } from "./disk.js";
import { FolderChange } from "./folder-change.js";
import { folderIdentity } from "./folder-identity.js";
import { listPaths } from "./list-paths.js";
import { checkPath } from "./paths.js";
import { removeFolder } from "./remove-folder.js";

// How often a folder is listed that another one replaces meanwhile. The last list is given as it is.
const MAX_LISTINGS = 5;

// Not the stream itself: an abort would end it with an error of its own, and it is opened before anybody reads it.
async function* readParts(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const part of createReadStream(file)) {
    signal.throwIfAborted();
    yield part;
  }
}

export class FolderStore implements PackageStore {
  readonly location: string;

  constructor(directory: string) {
    this.location = resolve(directory);
  }

  async list({ signal }: Pick<StoreContext, "signal">): Promise<ReadonlyMap<string, number>> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const folder = await folderIdentity(this.location);
      if (folder === undefined) return new Map();
      const isLast = attempt === MAX_LISTINGS;
      const listing = this.#sizes();
      const sizes = await (isLast ? listing : ifExists(listing));
      if (sizes && (isLast || (await folderIdentity(this.location)) === folder)) return sizes;
    }
  }

  async #sizes(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for (const path of await listPaths(this.location)) {
      sizes.set(path, path.endsWith("/") ? 0 : (await lstat(join(this.location, path))).size);
    }
    return sizes;
  }

  async read(path: string, { signal }: StoreContext): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = join(this.location, path);
    const stats = await ifExists(lstat(file));
    return stats?.isFile() ? readParts(file, signal) : undefined;
  }

  /** Where another store has its files, if this store can link or copy them. */
  folderOf(other: PackageStore): string | undefined {
    return other instanceof FolderStore ? other.location : undefined;
  }

  open(context: StoreContext): Promise<StoreChange> {
    return FolderChange.open(this, context);
  }

  remove(): Promise<void> {
    return removeFolder(this.location);
  }
}

/**
 * A folder as a store: what the option `directory` is short for. It becomes the package: `manifest.json`, `signature`,
 * `variant/`, `delta/` and nothing else. See `IngestOptions.directory`.
 *
 * @throws TypeError if `directory` is not a path
 */
export function folderStore(directory: string): PackageStore {
  return new FolderStore(checkPath("directory", directory));
}
