/** A process with a bare API and CDN for the ingest bench: `tsx ingest-server.ts '<Workload as JSON>'`. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ZipFile } from "yazl";
import type { Workload } from "./ingest-workload.js";

const { assets, bytes, chunkSize, latency }: Workload = JSON.parse(process.argv[2] ?? "");

// All assets have the same bytes: this block round and round, so that the server reads no disk.
const block = Buffer.alloc(1 << 20);
for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);

function* content(start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; ) {
    const offset = at % block.length;
    const part = block.subarray(offset, Math.min(block.length, offset + end - at));
    at += part.length;
    yield part;
  }
}

function chunkDigest(start: number, end: number): string {
  const hash = createHash("sha256");
  for (const part of content(start, end)) hash.update(part);
  return hash.digest("hex");
}

const digests = Array.from({ length: Math.ceil(bytes / chunkSize) }, (_, chunk) =>
  chunkDigest(chunk * chunkSize, Math.min((chunk + 1) * chunkSize, bytes)),
);
const ids = Array.from({ length: assets }, (_, index) => `asset-${index}`);
const manifest = {
  variants: ids.map((publicId) => ({
    publicId,
    assetPath: `variant/${publicId}.ipa`,
    installTargets: Array.from({ length: 4 }, (_, model) => ({
      device: `iPhone${model + 14},2`,
      os: "17.4",
    })),
    variantDetails: {
      compressedSize: bytes,
      hashes: [{ algorithm: "sha256", chunkSize, encryptedChunkDigests: digests }],
    },
  })),
};
const zipFile = new ZipFile();
zipFile.addBuffer(Buffer.from(JSON.stringify(manifest)), "manifest.json");
zipFile.addBuffer(Buffer.from("signature"), "signature");
zipFile.end();
const zip = await buffer(zipFile.outputStream);

const urlExpirationDate = new Date(Date.now() + 86_400_000).toISOString();
const links = { self: "http://self" };

function api(url: URL): unknown {
  const [, , , id = "", related] = url.pathname.split("/");
  const resource = (assetId: string) => ({
    type: "alternativeDistributionPackageVariants",
    id: assetId,
    attributes: {
      url: `${origin}/cdn/${assetId}?accessKey=secret`,
      urlExpirationDate,
      alternativeDistributionKeyBlob: "A".repeat(200),
    },
  });
  if (related === "variants") {
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const next = start + 200 < assets ? { next: `${origin}${url.pathname}?cursor=${start + 200}` } : {};
    return { data: ids.slice(start, start + 200).map(resource), links: { ...links, ...next } };
  }
  if (url.pathname.startsWith("/v1/alternativeDistributionPackageVariants/"))
    return { data: resource(id), links };
  const attributes = { url: `${origin}/cdn/zip?accessKey=secret`, urlExpirationDate, state: "COMPLETED" };
  return { data: { type: "alternativeDistributionPackageVersions", id, attributes }, links };
}

const server = createServer(async (request, response) => {
  if (latency > 0) await sleep(latency);
  const url = new URL(request.url ?? "", "http://server");
  if (!url.pathname.startsWith("/cdn/")) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(api(url)));
    return;
  }
  if (url.pathname === "/cdn/zip") {
    response.writeHead(200, { "content-length": zip.length }).end(zip);
    return;
  }
  response.writeHead(200, { "content-length": bytes });
  if (bytes <= block.length) response.end(block.subarray(0, bytes));
  else Readable.from(content(0, bytes), { highWaterMark: 1 }).pipe(response);
});
server.listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
process.send?.(origin);
