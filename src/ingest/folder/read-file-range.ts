import { read } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

const READ_SIZE = 512 * 1024;
const readAsync = promisify(read);

/** A part of an open file: the bytes from `start` up to, but not including, `end`. */
interface FileRange {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
}

/** Reads part of a file and calls `update` with its bytes, in order. Ends early where the file ends. */
export async function readFileRange(
  { fd, start, end }: FileRange,
  update: (bytes: Uint8Array, position: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, Math.max(1, end - start)));
  let position = start;
  while (position < end) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.length, end - position);
    const { bytesRead } = await readAsync(fd, buffer, 0, length, position);
    if (bytesRead === 0) return;
    update(buffer.subarray(0, bytesRead), position);
    position += bytesRead;
  }
}

/** Reads the first bytes of a file and calls `update` with them, in order. */
export async function readFileBytes(
  path: string,
  bytes: number,
  update: (bytes: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, "r");
  try {
    await readFileRange({ fd: handle.fd, start: 0, end: bytes }, update, signal);
  } finally {
    await handle.close();
  }
}
