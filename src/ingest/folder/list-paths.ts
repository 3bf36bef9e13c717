import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * All paths below a folder, relative to it, with `/`: everything that is not a folder, and empty folders with a final
 * `/`.
 */
export async function listPaths(folder: string): Promise<Set<string>> {
  const paths = new Set<string>();
  // Paths are added one by one: as arguments of one call, too many of them overflow the stack.
  const addEntries = async (prefix: string) => {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true });
    if (entries.length === 0 && prefix !== "") paths.add(prefix);
    for (const entry of entries) {
      if (entry.isDirectory()) await addEntries(`${prefix}${entry.name}/`);
      else paths.add(prefix + entry.name);
    }
  };
  await addEntries("");
  return paths;
}
