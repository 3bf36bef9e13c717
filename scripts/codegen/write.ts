import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { oneLine, SpecError } from "./document/spec.js";

/** The folder that only these commands write. They remove other files from it. */
const GENERATED = "generated";
const LOCK = `${GENERATED}/.lock`;
/** The names of files that are being written. A lock that is put aside has another name. */
const TEMPORARY = /^\.[\da-f-]{36}\.tmp$/;
/** How long a command waits for another one to finish writing, in ms, and how often it looks. */
const LOCK_TIMEOUT = 30_000;
const LOCK_INTERVAL = 50;
/** How long a lock may be without its owner's id, in ms. */
const LOCK_UNWRITTEN = 1_000;

/** The files in generated/, by path relative to `root`. Names with a dot in front are files that are being written. */
export async function readGenerated(root: string): Promise<Map<string, string>> {
  const entries = await readdir(join(root, GENERATED), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const paths = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    // With `/` on Windows too, as the files that are generated.
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const read = async (path: string) => [path, await readFile(join(root, path), "utf8")] as const;
  return new Map(await Promise.all(paths.map(read)));
}

/**
 * Writes openapi/apple.json and the files of generated/, each by one rename, and removes what else is in generated/.
 * Only for work inside {@link locked}.
 * @throws SpecError that says what was written, when writing fails
 */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const temporary = new Map<string, string>();
  const written: string[] = [];
  try {
    await removeOthers(root, files);
    for (const [path, text] of files) {
      // All of them in generated/: there, the next command removes what a killed command leaves.
      const name = join(root, GENERATED, `.${randomUUID()}.tmp`);
      temporary.set(path, name);
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(name, text, { flush: true });
    }
    for (const [path, name] of temporary) {
      await rename(name, join(root, path));
      written.push(path);
    }
  } catch (error) {
    for (const name of temporary.values()) await rm(name, { force: true });
    const done = written.length === 0 ? "nothing was written" : `only ${written.join(", ")} was written`;
    throw new SpecError(`${done}: ${oneLine(error)}`);
  }
}

async function removeOthers(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(join(root, GENERATED), { recursive: true });
  for (const entry of await readdir(join(root, GENERATED), { withFileTypes: true })) {
    const path = `${GENERATED}/${entry.name}`;
    const isOurs = files.has(path) && !entry.isDirectory();
    if (!isOurs && path !== LOCK) await rm(join(root, path), { recursive: true, force: true });
  }
}

/**
 * Does work that reads and writes openapi/apple.json and generated/, while no other command does.
 * @throws SpecError when another command holds the lock for too long
 */
export async function locked<T>(root: string, work: () => Promise<T>): Promise<T> {
  const lock = join(root, LOCK);
  await mkdir(join(root, GENERATED), { recursive: true });
  await acquire(lock);
  try {
    await removeTemporary(root);
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Removes the files that a killed command was writing. Only the owner of the lock writes such files. */
async function removeTemporary(root: string): Promise<void> {
  for (const name of await readdir(join(root, GENERATED))) {
    if (TEMPORARY.test(name)) await rm(join(root, GENERATED, name), { force: true });
  }
}

/** Makes the lock, a file with the process id of its owner. */
async function acquire(lock: string): Promise<void> {
  for (let waited = 0; ; waited += LOCK_INTERVAL) {
    const isFree = await writeFile(lock, String(process.pid), { flag: "wx" }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return false;
        throw new SpecError(`nothing was written: ${oneLine(error)}`);
      },
    );
    if (isFree) return;
    const owner = await readFile(lock, "utf8").catch(() => "");
    // Empty: its owner has not written its id yet, or was killed before it did.
    const isAbandoned = owner === "" ? waited >= LOCK_UNWRITTEN : !isRunning(Number(owner));
    if (waited >= LOCK_TIMEOUT) {
      throw new SpecError(
        `nothing was written: process ${owner} is writing (if it is another program, remove ${LOCK})`,
      );
    }
    if (isAbandoned) await removeAbandoned(lock, owner);
    else await sleep(LOCK_INTERVAL);
  }
}

/** Removes the lock of a process that ended without doing so. */
async function removeAbandoned(lock: string, owner: string): Promise<void> {
  // Another command may have removed it already and have the lock now: then that lock is put back.
  const aside = `${lock}.${randomUUID()}.tmp`;
  await rename(lock, aside).catch(() => {});
  const found = await readFile(aside, "utf8").catch(() => owner);
  if (found !== owner) await link(aside, lock).catch(() => {});
  await rm(aside, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process runs, but belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
