import { systemClock } from "../clock.js";
import { FolderStore } from "./folder/folder-store.js";
import { checkPlace } from "./options.js";
import { stopWith } from "./stop.js";
import type { PackageStore } from "./store.js";

/**
 * Removes a package. A folder disappears in one step, and is deleted afterwards. In an object store, the manifest is
 * deleted first. What an unfinished ingest left is deleted too. A package that does not exist is no error. Key blob files
 * are not touched.
 *
 * @param place the path of the folder, or the store
 * @throws IngestError with reason `busy` while an ingest or removal is running on it, with reason `target` if the
 * place contains anything but a package
 * @throws TypeError if `place` is neither a path nor a store
 */
export async function removePackage(place: string | PackageStore): Promise<void> {
  const checked = checkPlace("place", place);
  const store = typeof checked === "string" ? new FolderStore(checked) : checked;
  await store.remove({ signal: stopWith(undefined).stop.signal, clock: systemClock });
}
