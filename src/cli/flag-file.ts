import { cleanPath, type Environment, readTextFile } from "../text-file.js";
import { UsageError } from "./exit.js";

/** The text of the file that a flag or variable names. @throws UsageError, or TypeError if the path is a private key */
export async function readFlagFile(name: string, path: string, env: Environment): Promise<string> {
  try {
    return await readTextFile(cleanPath(path, name, env), name);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
