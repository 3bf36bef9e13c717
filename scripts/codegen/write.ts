import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { oneLine, SpecError } from "./document/spec.js";

/** Holds what is about to be written, and what stood there before, while a write is under way. */
const staging = ".spec-staging";

/** What stands under the directories now, path by path, relative to `root`. */
export async function readTree(root: string, directory: string): Promise<Map<string, string>> {
  const names = await readdir(join(root, directory)).catch(() => []);
  const entries = names.sort().map(async (name) => {
    const path = `${directory}/${name}`;
    return [path, await readFile(join(root, path), "utf8")] as const;
  });
  return new Map(await Promise.all(entries));
}

/**
 * Replaces whole directories under `root` by the given files, all of them or none: new directories are staged
 * beside the old ones and then renamed. Files of a directory that are not given stay, unless it is in `exact`.
 * @throws SpecError when that fails; the tree is then as it was.
 */
export async function writeAtomically(
  root: string,
  files: ReadonlyMap<string, string>,
  exact: readonly string[] = [],
): Promise<void> {
  await recover(root);
  const directories = [...new Set([...files.keys()].map((path) => dirname(path)))];
  const stage = join(root, staging);
  try {
    await mkdir(join(stage, "new"), { recursive: true });
    await mkdir(join(stage, "old"));
    for (const directory of directories) {
      const next = join(stage, "new", directory);
      if (!exact.includes(directory)) await cp(join(root, directory), next, { recursive: true });
      await mkdir(next, { recursive: true });
    }
    for (const [path, text] of files) await writeFile(join(stage, "new", path), text);
    for (const directory of directories) await swap(root, directory);
  } catch (error) {
    await recover(root);
    throw new SpecError(`nothing was written: ${oneLine(error)}`);
  }
  await rm(stage, { recursive: true, force: true });
}

/**
 * Undoes what an interrupted write left half done. A write that moved every directory into place, and was
 * interrupted while tidying up, stays.
 */
export async function recover(root: string): Promise<void> {
  const stage = join(root, staging);
  const waiting = await readdir(join(stage, "new")).catch(() => []);
  const moved = await readdir(join(stage, "old")).catch(() => []);
  const unfinished = waiting.length > 0;
  for (const directory of unfinished ? moved : []) {
    await rm(join(root, directory), { recursive: true, force: true });
    await rename(join(stage, "old", directory), join(root, directory));
  }
  await rm(stage, { recursive: true, force: true });
}

async function swap(root: string, directory: string): Promise<void> {
  const stage = join(root, staging);
  await rename(join(root, directory), join(stage, "old", directory)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(join(stage, "new", directory), join(root, directory));
}
