import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IngestError } from "../errors.js";
import { diskCode } from "./disk.js";
import type { Location } from "./location.js";

/** Gives the lock back. */
export type Unlock = () => Promise<void>;

// macOS and BSD open a file and lock it in one step; Node has no name for the flag.
const O_EXLOCK = 0x20;

function busy({ directory }: Location): IngestError {
  return new IngestError(
    "busy",
    `${directory}: another ingest or removal is at work on it. Wait for it to end.`,
  );
}

/** Listens on a name that the system gives to one process at a time, and takes back when that process ends. */
function lockName(path: string, location: Location): Promise<Unlock> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(diskCode(error) === "EADDRINUSE" ? busy(location) : error));
    // Exclusive: workers of a cluster would share the name otherwise.
    server.listen({ path, exclusive: true }, () => {
      server.unref();
      resolve(() => new Promise((closed) => void server.close(() => closed())));
    });
  });
}

/** Holds a lock on an empty file that stays: were it deleted, two processes could lock two files of one name. */
async function lockFile(path: string, location: Location): Promise<Unlock> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
  try {
    const handle = await open(path, flags, 0o600);
    return () => handle.close();
  } catch (error) {
    throw diskCode(error) === "EAGAIN" ? busy(location) : error;
  }
}

/**
 * Takes the lock of a target, or rejects at once if someone has it. The system frees it when the process ends, however
 * that happens, so no lock is ever left behind, and none depends on process ids.
 *
 * It holds between processes of one machine: on Linux an abstract socket (one network namespace: containers that share
 * a volume but no network do not see each other's lock), on Windows a named pipe, elsewhere a locked file in the
 * temporary folder (of one user). Across hosts that share a volume it does not hold.
 *
 * @throws IngestError with reason `busy`
 */
export async function lock(location: Location): Promise<Unlock> {
  const name = `app-store-alternative-distribution-${location.key}`;
  switch (process.platform) {
    case "linux":
    case "android":
      return lockName(`\0${name}`, location);
    case "win32":
      return lockName(`\\\\.\\pipe\\${name}`, location);
    default:
      return lockFile(join(tmpdir(), `${name}.lock`), location);
  }
}
