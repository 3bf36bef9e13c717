import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IngestError } from "../errors.js";
import { diskCode } from "./disk.js";
import { isOwn, usualOwnFiles } from "./ownership.js";
import type { FolderPaths } from "./paths.js";

export type Unlock = () => Promise<void>;

// On macOS and BSD this flag locks a file when it is opened. Node has no constant for it.
const O_EXLOCK = 0x20;

// The errors for a link (by system), another user's file, a folder, and a pipe or socket.
const NOT_OUR_LOCK = ["ELOOP", "EMLINK", "EFTYPE", "EACCES", "EPERM", "EISDIR", "ENXIO"];

function busyError({ directory }: FolderPaths): IngestError {
  return new IngestError(
    "busy",
    `${directory}: another ingest or removal is running on it. Wait until it ends.`,
  );
}

/** Listens on a name. The system gives it to one process at a time, and frees it when that process ends. */
function lockSocket(path: string, paths: FolderPaths): Promise<Unlock> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(diskCode(error) === "EADDRINUSE" ? busyError(paths) : error));
    // Without `exclusive`, the workers of a cluster would share the name.
    server.listen({ path, exclusive: true }, () => {
      server.unref();
      resolve(() => new Promise((closed) => void server.close(() => closed())));
    });
  });
}

/** Locks an empty file. It is never deleted: otherwise two processes could lock two files of one name. */
export async function lockFile(path: string, paths: FolderPaths): Promise<Unlock> {
  const { O_RDWR, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_EXLOCK, 0o600).catch(
    (error: unknown) => {
      const code = diskCode(error) ?? "";
      if (code === "EAGAIN") throw busyError(paths);
      throw NOT_OUR_LOCK.includes(code) ? foreignLock(path, paths) : error;
    },
  );
  const stats = await handle.stat();
  if (stats.isFile() && isOwn(stats, usualOwnFiles())) return () => handle.close();
  await handle.close();
  throw foreignLock(path, paths);
}

/** The folder for temporary files may be shared by several users. */
function foreignLock(path: string, { directory }: FolderPaths): IngestError {
  const problem = `its lock file ${path} is not a file of this user`;
  const advice = "Delete it, or set TMPDIR to a folder of your own";
  return new IngestError("busy", `${directory}: ${problem}. ${advice}.`);
}

/**
 * Takes the lock of a target, or rejects at once if another process has it. The system releases it when the process
 * ends for whatever reason, so no lock is left behind, and process ids do not matter.
 *
 * It works between the processes of one machine. On Linux it is an abstract socket, so containers with separate
 * networks do not see each other's lock, even if they share a volume. On Windows it is a named pipe, elsewhere a locked
 * file in the temporary folder of one user. It does not work between hosts that share a volume.
 *
 * @throws IngestError with reason `busy`
 */
export async function lockTarget(paths: FolderPaths): Promise<Unlock> {
  const name = `app-store-alternative-distribution-${paths.key}`;
  switch (process.platform) {
    case "linux":
    case "android":
      return lockSocket(`\0${name}`, paths);
    case "win32":
      return lockSocket(`\\\\.\\pipe\\${name}`, paths);
    default:
      return lockFile(join(tmpdir(), `${name}.lock`), paths);
  }
}
