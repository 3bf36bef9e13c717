import { cleanPath, type Environment, readTextFile } from "../text-file.js";
import { UsageError } from "./exit.js";

/**
 * The text of the file at a flag's path.
 *
 * @param name the flag, or the variable that stands for it, for the message
 * @throws UsageError if the file cannot be read; TypeError if the path is a private key
 */
export async function readFlagFile(name: string, path: string, env: Environment): Promise<string> {
  try {
    return await readTextFile(cleanPath(path, name, env), name);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
