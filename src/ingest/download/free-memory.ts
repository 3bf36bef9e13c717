// Nobody can receive what is sent here.
const { port1: nowhere, port2: other } = new MessageChannel();
other.close();

/**
 * Frees the memory of bytes that nothing uses any more. The garbage collector would let up to 60 MB of them accumulate,
 * and then stop the program to look for them. Does nothing for a part of a buffer: the rest may be in use.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  // To send memory takes it away from the sender. The cast: what was received is never in shared memory.
  if (byteLength === buffer.byteLength) nowhere.postMessage(undefined, [buffer as ArrayBuffer]);
}
