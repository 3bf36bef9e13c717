import { dirname, resolve } from "node:path";
import { exists, explainDiskError } from "./folder/disk.js";
import { lockTarget } from "./folder/lock.js";
import { resolvePaths } from "./folder/paths.js";
import { findStaging, openStaging, removeStaging } from "./folder/staging.js";
import { inspectTarget, moveTargetToStaging, recoverTarget } from "./folder/target.js";
import { checkPath } from "./options.js";

/**
 * Removes a package folder: it disappears in one step, and is deleted afterwards. The staging folder that an unfinished
 * ingest left beside it is deleted too. A folder that does not exist is no error. Key blob files are not touched.
 *
 * @throws IngestError with reason `busy` while an ingest or removal is running on it, with reason `target` if the
 * directory contains anything but a package
 * @throws TypeError if `directory` is not a path
 */
export async function removePackage(directory: string): Promise<void> {
  checkPath("directory", directory);
  if (!(await exists(dirname(resolve(directory))))) return;
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
