/** A handler as an HTTP server on this machine. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeListener } from "../node-http.js";

/** Port 0 takes any free one. */
export async function listen(handle: (request: Request) => Promise<Response>, port: number) {
  const server = createServer(toNodeListener(handle)).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo; // a TCP server's address is not a string
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
