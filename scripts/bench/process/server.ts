import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const id = process.argv[2];
// The size of what Apple sends for a package: attributes, relationships, links.
const origin = "https://api.appstoreconnect.apple.com";
const path = `${origin}/v1/alternativeDistributionPackages/${id}`;
const document = {
  data: {
    type: "alternativeDistributionPackages",
    id,
    attributes: {
      sourceFileChecksum: { file: { hash: "0cc175b9c0f1b6a831c399e269772661", algorithm: "MD5" } },
    },
    relationships: {
      versions: { links: { self: `${path}/relationships/versions`, related: `${path}/versions` } },
    },
    links: { self: path },
  },
  links: { self: path },
};
const body = Buffer.from(JSON.stringify(document));
const headers = {
  "content-type": "application/json",
  "content-length": body.byteLength,
  "x-rate-limit": "user-hour-lim:3500;user-hour-rem:3412;",
  "x-request-id": "5c9b9f2c-0a3d-4d53-a7e0-9a3f6f2f9a11",
};

const server = createServer((request, response) => {
  const found =
    request.headers.authorization && request.url?.startsWith(`/v1/alternativeDistributionPackages/`);
  response.writeHead(found ? 200 : 404, headers).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.(`http://127.0.0.1:${port}`);
});
// Also where the bench was ended by a signal, which leaves no time to stop it.
process.on("disconnect", () => process.exit());
