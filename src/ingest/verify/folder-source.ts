import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { diskCode, ifExists } from "../folder/disk.js";
import { folderIdentity } from "../folder/folder-identity.js";
import { listPaths } from "../folder/list-paths.js";
import { readFileBytes } from "../folder/read-file-range.js";
import { readSmallFile } from "../folder/small-file.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import type { VerifyReport } from "../package/verify-report.js";
import {
  type FileProblem,
  type PackageSource,
  type SmallFile,
  sizeProblem,
  TOO_LARGE,
  wrong,
} from "./package-source.js";
import { type VerifySettings, verifySource } from "./verify-source.js";

const NOT_A_FILE = wrong("is not a regular file");
// How often a folder is verified that another one replaces meanwhile. The last report is given as it is.
const MAX_REPORTS = 3;

export class FolderSource implements PackageSource {
  // While one file is hashed, the next bytes of the others are read.
  readonly concurrency = 4;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async listPaths(): Promise<ReadonlySet<string>> {
    return (await ifExists(listPaths(this.#directory))) ?? new Set();
  }

  async readSmall(path: string, maxBytes: number): Promise<SmallFile> {
    const file = join(this.#directory, path);
    const bytes = await readSmallFile(file, maxBytes);
    if (bytes) return { state: "present", bytes };
    const stats = await ifExists(lstat(file));
    if (!stats) return { state: "missing" };
    return stats.isFile() ? TOO_LARGE : NOT_A_FILE;
  }

  async readAsset(
    asset: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    const file = join(this.#directory, asset.path);
    const stats = await ifExists(lstat(file));
    if (!stats) return { state: "missing" };
    const problem = stats.isFile() ? sizeProblem(stats.size, asset) : NOT_A_FILE;
    try {
      if (update && !problem) await readFileBytes(file, asset.bytes, update, signal);
      return problem;
    } catch (error) {
      const code = diskCode(error);
      if (code === undefined) throw error;
      return wrong(`cannot be read (${code})`);
    }
  }
}

/** Verifies a package folder. A folder that cannot be read gives a report too. */
export async function verifyFolder(directory: string, settings: VerifySettings): Promise<VerifyReport> {
  try {
    for (let count = 1; ; count++) {
      const folder = await folderIdentity(directory);
      const report = await verifySource(new FolderSource(directory), settings);
      if (report.valid || count === MAX_REPORTS || (await folderIdentity(directory)) === folder)
        return report;
    }
  } catch (error) {
    const code = diskCode(error);
    if (code === undefined) throw error;
    const reason = `cannot be read (${code})`;
    return {
      valid: false,
      missing: [],
      added: [],
      corrupt: [{ path: ".", reason }],
      signature: { valid: false, reason: "missing", message: `The folder ${reason}.` },
    };
  }
}
