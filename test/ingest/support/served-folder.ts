import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Answers a request instead of the server; false leaves it to the server. */
export type ServeHandler = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** Reads a file of the folder; undefined if there is none. */
function read(folder: string, path: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, path));
  } catch {
    return undefined;
  }
}

/** Serves a folder at `/p/`, as a static server does: HEAD, GET and one range. A handler can answer in its place. */
export async function serveFolder(folder: string, handler: ServeHandler = () => false) {
  const requests: string[] = [];
  let open = 0;
  let mostOpen = 0;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://server").pathname.slice("/p/".length));
    requests.push(`${request.method} ${path}`);
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    response.on("close", () => (open -= 1));
    if (handler(request, response, path)) return;
    const content = read(folder, path);
    if (!content) return void response.writeHead(404, { "content-type": "text/html" }).end("<html>no</html>");
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const part = from === undefined ? content : content.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${to}/${content.length}`;
    response.writeHead(from === undefined ? 200 : 206, {
      "content-length": part.length,
      ...(from !== undefined && { "content-range": range }),
    });
    response.end(request.method === "HEAD" ? undefined : part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/p/`,
    /** `GET manifest.json` and so on, in order. */
    requests,
    /** The most requests that were under way at one time. */
    mostOpen: () => mostOpen,
  };
}
