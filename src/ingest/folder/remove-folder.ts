import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { exists, explainDiskError, ifExists } from "./disk.js";
import { lockTarget } from "./lock.js";
import { type FolderPaths, resolvePaths } from "./paths.js";
import { findStaging, openStaging, removeStaging } from "./staging.js";
import { inspectTarget, moveTargetToStaging, recoverTarget } from "./target.js";

async function removeLocked(paths: FolderPaths): Promise<void> {
  const existing = await inspectTarget(paths);
  if (existing === undefined && !(await findStaging(paths))) return;
  const staging = await openStaging(paths);
  await recoverTarget(paths);
  if (await exists(paths.directory)) await moveTargetToStaging(paths);
  await removeStaging(staging);
}

/** Removes a package folder in one step, and the staging folder beside it. */
export async function removeFolder(directory: string): Promise<void> {
  try {
    if (!(await ifExists(stat(dirname(directory))))?.isDirectory()) return;
    const paths = await resolvePaths(directory);
    const unlock = await lockTarget(paths);
    await removeLocked(paths).finally(unlock);
  } catch (error) {
    throw explainDiskError(error, undefined);
  }
}
