import { dirname, resolve } from "node:path";
import { explainDiskError } from "./folder/disk.js";
import { locate, openStaging } from "./folder/location.js";
import { lock } from "./folder/lock.js";
import { clear } from "./folder/staging.js";
import { recover, takeDown } from "./folder/swap.js";
import { exists, inspectTarget } from "./folder/target.js";

/**
 * Takes a package folder down: it disappears in one step, and only then is it deleted. What an unfinished ingest left
 * beside it goes too. If there is no such folder, that is fine. Key blob files are not touched.
 *
 * @throws IngestError with reason `busy` while an ingest is at work on it, `target` if the directory holds anything
 * but a package
 */
export async function removePackage(directory: string): Promise<void> {
  if (typeof directory !== "string" || directory === "") {
    throw new TypeError("directory: expected the path of a package folder");
  }
  if (!(await exists(dirname(resolve(directory))))) return;
  const location = await locate(directory);
  const unlock = await lock(location);
  try {
    const standing = await inspectTarget(location.directory);
    if (standing === undefined && !(await exists(location.staging))) return;
    await openStaging(location);
    await recover(location);
    if (await exists(location.directory)) await takeDown(location);
    await clear(location);
  } catch (error) {
    throw explainDiskError(error, location.staging);
  } finally {
    await unlock();
  }
}
