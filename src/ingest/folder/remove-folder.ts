import { dirname } from "node:path";
import { exists, explainDiskError } from "./disk.js";
import { lockTarget } from "./lock.js";
import { resolvePaths } from "./paths.js";
import { findStaging, openStaging, removeStaging } from "./staging.js";
import { inspectTarget, moveTargetToStaging, recoverTarget } from "./target.js";

/** Removes a package folder in one step, and the staging folder beside it. */
export async function removeFolder(directory: string): Promise<void> {
  if (!(await exists(dirname(directory)))) return;
  const paths = await resolvePaths(directory);
  const unlock = await lockTarget(paths);
  try {
    const existing = await inspectTarget(paths);
    if (existing === undefined && !(await findStaging(paths))) return;
    const staging = await openStaging(paths);
    await recoverTarget(paths);
    if (await exists(paths.directory)) await moveTargetToStaging(paths);
    await removeStaging(staging);
  } catch (error) {
    throw explainDiskError(error, undefined);
  } finally {
    await unlock();
  }
}
