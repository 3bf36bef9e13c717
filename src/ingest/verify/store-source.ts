import type { PackageAsset } from "../package/parse-manifest.js";
import type { PackageStore, StoreContext } from "../store.js";
import type { FileProblem, PackageSource, SmallFile } from "./package-source.js";

/** A package in a store. */
export class StoreSource implements PackageSource {
  readonly concurrency = 4;
  readonly #store: PackageStore;
  readonly #context: StoreContext;
  #sizes: ReadonlyMap<string, number> = new Map();

  constructor(store: PackageStore, context: StoreContext) {
    this.#store = store;
    this.#context = context;
  }

  async listPaths(): Promise<ReadonlySet<string>> {
    this.#sizes = await this.#store.list(this.#context);
    return new Set(this.#sizes.keys());
  }

  async readSmall(path: string, maxBytes: number): Promise<SmallFile> {
    if ((this.#sizes.get(path) ?? 0) > maxBytes) {
      return { state: "wrong", reason: "is too large", hasWrongSize: true };
    }
    const body = await this.#store.read(path, this.#context);
    if (!body) return { state: "missing" };
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of body) {
      bytes += part.length;
      // It may have been replaced since it was listed.
      if (bytes > maxBytes) return { state: "wrong", reason: "is too large", hasWrongSize: true };
      parts.push(part);
    }
    return { state: "present", bytes: Buffer.concat(parts) };
  }

  async readAsset(
    { path, bytes }: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    const size = this.#sizes.get(path);
    if (size === 0) return { state: "wrong", reason: "is empty" };
    if (size !== bytes) return { state: "wrong", reason: `has ${size} bytes, the manifest says ${bytes}` };
    if (!update) return undefined;
    const body = await this.#store.read(path, { ...this.#context, signal });
    if (!body) return { state: "missing" };
    let read = 0;
    for await (const part of body) {
      read += part.length;
      update(part.subarray(0, Math.max(0, part.length - Math.max(0, read - bytes))));
    }
    return read === bytes
      ? undefined
      : { state: "wrong", reason: `has ${read} bytes, the manifest says ${bytes}` };
  }
}
