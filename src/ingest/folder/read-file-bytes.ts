import { open } from "node:fs/promises";
import { readFileRange } from "./read-file-range.js";

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
