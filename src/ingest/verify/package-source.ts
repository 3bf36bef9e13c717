import type { PackageAsset } from "../package/parse-manifest.js";

/** A file that a source does not have, or that is wrong whatever its content is. */
export type FileProblem =
  | { readonly state: "missing" }
  | {
      readonly state: "wrong";
      /** What is wrong, in words. */
      readonly reason: string;
      /** Whether the file was found, and its size alone shows that it is not what it should be. */
      readonly hasWrongSize?: true;
    };

/** A file that is larger than any of its kind. */
export const TOO_LARGE: FileProblem = { state: "wrong", reason: "is too large", hasWrongSize: true };

export function wrong(reason: string): FileProblem {
  return { state: "wrong", reason };
}

export function sizeProblem(found: number, { bytes }: PackageAsset): FileProblem | undefined {
  if (found === 0) return wrong("is empty");
  return found === bytes ? undefined : wrong(`has ${found} bytes, the manifest says ${bytes}`);
}

/** A small file with its content, or what is wrong with it. */
export type SmallFile = { readonly state: "present"; readonly bytes: Buffer } | FileProblem;

/** Where `verifyPackage` reads a package. `verifySource` decides whether it is valid. */
export interface PackageSource {
  /** How many assets to read at a time. */
  readonly concurrency: number;
  /**
   * All paths that exist; folders only if they are empty, with a final `/`. Undefined if the source cannot list them.
   * Called once, first.
   */
  listPaths(): Promise<ReadonlySet<string> | undefined>;
  /** Reads a whole file of at most `maxBytes`. */
  readSmall(path: string, maxBytes: number): Promise<SmallFile>;
  /**
   * Checks that an asset is there with the right length. With `update`, also reads it and calls `update` with its bytes,
   * in order.
   *
   * @returns what is wrong with it
   */
  readAsset(
    asset: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined>;
}
