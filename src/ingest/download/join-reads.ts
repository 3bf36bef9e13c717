import type { Agent } from "node:http";
import type { Socket } from "node:net";
import { clearImmediate, setImmediate } from "node:timers";

// What Node reads at once over https, at most.
const TLS_READ_BYTES = 16 * 1024;

/**
 * Makes an agent's sockets pass on together the small reads of one turn of the event loop. Over https, Node reads 16 KiB at
 * once, and to pass each on alone through the HTTP parser and the digests to the disk takes more CPU time.
 * Each socket reads into memory of its own again and again, instead of leaving new memory to the garbage collector.
 *
 * @param maxBytes how many bytes are passed on at once, at most
 */
export function joinReads<A extends Agent>(agent: A, maxBytes: () => number): A {
  // `onread` is Node's: Bun calls it without `this`, and Deno's sockets sometimes miss then that their connection broke.
  if ("bun" in process.versions || "deno" in process.versions) return agent;
  const connect = agent.createConnection;
  agent.createConnection = (options, callback) =>
    connect.call(agent, { ...options, onread: joinedReads(maxBytes) }, callback);
  return agent;
}

/** The reads of one socket. */
function joinedReads(maxBytes: () => number) {
  let memory = Buffer.allocUnsafeSlow(maxBytes());
  /** Where the bytes that have not been passed on begin and end. */
  let start = 0;
  let end = 0;
  let socket: Socket | undefined;
  let turnEnd: NodeJS.Immediate | undefined;
  const passOn = () => {
    clearImmediate(turnEnd);
    turnEnd = undefined;
    if (start === end) return;
    const bytes = memory.subarray(start, end);
    start = end;
    // The HTTP parser copies them.
    socket?.emit("data", bytes);
  };
  return {
    buffer: () => memory.subarray(end),
    callback(this: Socket, length: number): boolean {
      if (!socket) {
        socket = this;
        passOnBeforeEnd(socket, passOn);
      }
      end += length;
      const isSmall = length <= TLS_READ_BYTES;
      if (isSmall && memory.length - end >= TLS_READ_BYTES) {
        turnEnd ??= setImmediate(passOn);
      } else {
        passOn();
        start = end = 0;
        if (memory.length < maxBytes()) memory = Buffer.allocUnsafeSlow(maxBytes());
      }
      return true;
    },
  };
}

/** Calls `passOn` before the HTTP client sees that a socket ends or fails, after which it takes no more bytes. */
function passOnBeforeEnd(socket: Socket, passOn: () => void): void {
  const { push } = socket;
  // Not a listener of "end": the HTTP client's would still be called after these bytes made it remove its listeners.
  socket.push = (chunk, encoding) => {
    if (chunk === null) passOn();
    return push.call(socket, chunk, encoding);
  };
  socket.prependListener("error", passOn);
}
