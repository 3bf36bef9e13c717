import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { MAX_ZIP_BYTES } from "../package/limits.js";
import { writeSynced } from "./disk.js";
import type { FolderPaths } from "./paths.js";
import { readSmallFile } from "./small-file.js";

const MAX_STATE_BYTES = 1024;

function stateOf(versionId: string, zip: Buffer): string {
  return JSON.stringify({ versionId, zipSha256: createHash("sha256").update(zip).digest("hex") });
}

/** The package zip that an earlier run for the same version left in staging, if it is undamaged. */
export async function readCachedZip(paths: FolderPaths, versionId: string): Promise<Buffer | undefined> {
  const zip = await readSmallFile(paths.zip, MAX_ZIP_BYTES);
  const state = await readSmallFile(paths.state, MAX_STATE_BYTES);
  return zip && state?.toString() === stateOf(versionId, zip) ? zip : undefined;
}

export async function cacheZip(paths: FolderPaths, versionId: string, zip: Buffer): Promise<void> {
  for (const [path, content] of [
    [paths.zip, zip],
    [paths.state, stateOf(versionId, zip)],
  ] as const) {
    // Deleted, not overwritten: it may be a hard link to a file elsewhere.
    await rm(path, { force: true });
    await writeSynced(path, content, { flags: "wx" });
  }
}
