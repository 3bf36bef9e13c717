import type { PackageAsset } from "../package/parse-manifest.js";
import type { PackageStore, StoreContext } from "../store.js";
import {
  type FileProblem,
  type PackageSource,
  type SmallFile,
  sizeProblem,
  TOO_LARGE,
} from "./package-source.js";

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
    if ((this.#sizes.get(path) ?? 0) > maxBytes) return TOO_LARGE;
    const body = await this.#store.read(path, this.#context);
    if (!body) return { state: "missing" };
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of body) {
      bytes += part.length;
      // It may have been replaced since it was listed.
      if (bytes > maxBytes) return TOO_LARGE;
      parts.push(part);
    }
    return { state: "present", bytes: Buffer.concat(parts) };
  }

  async readAsset(
    asset: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    const { path, bytes } = asset;
    const problem = sizeProblem(this.#sizes.get(path) ?? 0, asset);
    if (problem || !update) return problem;
    const body = await this.#store.read(path, { ...this.#context, signal });
    if (!body) return { state: "missing" };
    let read = 0;
    for await (const part of body) {
      read += part.length;
      update(part.subarray(0, Math.max(0, part.length - Math.max(0, read - bytes))));
    }
    return sizeProblem(read, asset);
  }
}
