import type { Agent } from "node:http";
import type { Socket } from "node:net";

// What Node reads at once over https.
const TLS_BYTES = 16 * 1024;

/**
 * Makes an agent's sockets pass on together the small reads of one turn of the event loop, and use the same memory for all
 * their reads. Over https, each 16 KiB would otherwise take the way through the HTTP parser, the digests and the disk
 * alone, which is a quarter of an ingest's CPU time.
 *
 * @param maxBytes how many bytes are passed on at once, at most
 */
export function joinReads<A extends Agent>(agent: A, maxBytes: () => number): A {
  // With `onread`, Bun's sockets read nothing, and Deno's do not notice that a connection broke.
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
        // Before the HTTP client's own listener, after which it takes no more bytes.
        socket.prependListener("end", passOn);
      }
      end += length;
      const isSmall = length <= TLS_BYTES;
      if (isSmall && memory.length - end >= TLS_BYTES) {
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
