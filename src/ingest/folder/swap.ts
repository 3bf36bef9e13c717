import { rename, rm } from "node:fs/promises";
import { orMissing, syncDirectory } from "./disk.js";
import type { Location } from "./location.js";
import { exists } from "./target.js";

/** Sets right what a killed run left between two renames. Needs the lock. */
export async function recover(location: Location): Promise<void> {
  const { directory, replaced, removed, parent } = location;
  await rm(removed, { recursive: true, force: true });
  if (!(await exists(replaced))) return;
  if (await exists(directory)) {
    await rm(replaced, { recursive: true, force: true });
  } else {
    // Serve the earlier package on while the new one is checked once more.
    await rename(replaced, directory);
    await syncDirectory(parent);
  }
}

/**
 * Puts the finished folder in staging in the target's place. Between two renames there is no target for a moment,
 * which no portable call avoids; there is never half of one.
 */
export async function swapIn(location: Location): Promise<void> {
  const { directory, replaced, parent, staging } = location;
  const moved = await orMissing(rename(directory, replaced).then(() => true));
  try {
    await rename(location.package, directory);
  } catch (error) {
    if (moved) await rename(replaced, directory);
    throw error;
  }
  await syncDirectory(parent);
  await syncDirectory(staging);
}

/** Takes the target away in one step; what is deleted bit by bit afterwards is out of everyone's sight. */
export async function takeDown({ directory, removed, parent }: Location): Promise<void> {
  await rename(directory, removed);
  await syncDirectory(parent);
}
