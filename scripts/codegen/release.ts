import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isObject, type Json, type JsonObject } from "./document/json.js";

/** The document that users have, with which a new one is compared. */
export interface Base {
  readonly document: JsonObject;
  /** What it is, for the report: `v1.2.0`. */
  readonly name: string;
}

const FILE = "./openapi/apple.json";

/**
 * The document of the last release, so that every run reports a breaking change until it is released. That is the
 * document at the nearest git tag; without tags at HEAD; and without a git repository the one in the working tree.
 */
export async function lastRelease(root: string, workingTree: JsonObject): Promise<Base> {
  const tag = await git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*");
  const released = tag && (await documentAt(root, tag));
  if (tag && released) return { document: released, name: tag };
  const committed = await documentAt(root, "HEAD");
  if (committed)
    return { document: committed, name: "HEAD, as there is no release tag with openapi/apple.json" };
  return { document: workingTree, name: "the working tree, as it is not in a git repository" };
}

async function documentAt(root: string, revision: string): Promise<JsonObject | undefined> {
  const text = await git(root, "show", `${revision}:${FILE}`);
  if (text === undefined) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The output of a git command; undefined when it fails, or there is no git. */
async function git(root: string, ...args: string[]): Promise<string | undefined> {
  // A git hook sets these variables, and git would use them instead of `root`.
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...env } = process.env;
  try {
    const options = { cwd: root, env, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)("git", args, options);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
