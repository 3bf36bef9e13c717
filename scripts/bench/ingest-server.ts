/** A process with a bare API and CDN for the ingest bench: `tsx ingest-server.ts '<Workload as JSON>'`. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ZipFile } from "yazl";
import { createChain } from "../../src/sandbox/signing/certificate-chain.js";
import { signResources } from "../../src/sandbox/signing/signed-message.js";
import type { Workload } from "./ingest-workload.js";

const {
  sizes,
  latency = 0,
  chunkSize = 10_485_760,
  tls = false,
  megabitsPerSecond = Number.POSITIVE_INFINITY,
}: Workload = JSON.parse(process.argv[2] ?? "");

// All assets have the same bytes: this block, repeated, so that the server reads no disk.
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

function digestOf(bytes: number): Buffer {
  const hash = createHash("sha256");
  for (const part of content(0, bytes)) hash.update(part);
  return hash.digest();
}

// Every chunk starts with the block's first byte, so that chunks of one size are equal.
const chunkDigests = new Map<number, string>();

function chunkDigest(bytes: number): string {
  const digest = chunkDigests.get(bytes) ?? digestOf(bytes).toString("hex");
  chunkDigests.set(bytes, digest);
  return digest;
}

function chunkDigestsOf(size: number): string[] {
  const starts = Array.from({ length: Math.ceil(size / chunkSize) }, (_, chunk) => chunk * chunkSize);
  return starts.map((start) => chunkDigest(Math.min(chunkSize, size - start)));
}

/** The digest of each file, all in one pass over the longest. */
function fileDigests(): Map<number, Buffer> {
  const digests = new Map<number, Buffer>();
  const hash = createHash("sha256");
  let at = 0;
  for (const size of [...sizes].sort((a, b) => a - b)) {
    for (const part of content(at, size)) hash.update(part);
    at = size;
    digests.set(size, hash.copy().digest());
  }
  return digests;
}

const sizeOf = new Map(sizes.map((size, index) => [`asset-${index}`, size]));
const ids = [...sizeOf.keys()];
const pathOf = (id: string) => `variant/${id}.ipa`;
const manifest = Buffer.from(
  JSON.stringify({
    variants: sizes.map((compressedSize, index) => ({
      publicId: `asset-${index}`,
      assetPath: pathOf(`asset-${index}`),
      installTargets: Array.from({ length: 4 }, (_, model) => ({
        device: `iPhone${model + 14},2`,
        os: "17.4",
      })),
      variantDetails: {
        compressedSize,
        hashes: [
          {
            algorithm: "sha256",
            chunkSize: Math.min(chunkSize, compressedSize),
            encryptedChunkDigests: chunkDigestsOf(compressedSize),
          },
        ],
      },
    })),
  }),
);
const digests = fileDigests();
const chain = createChain();
const signature = signResources(
  Object.fromEntries([
    ["manifest.json", createHash("sha256").update(manifest).digest()],
    ...sizes.map((size, index) => [pathOf(`asset-${index}`), digests.get(size) ?? Buffer.alloc(0)] as const),
  ]),
  { chain, signedAt: Date.now() },
);
const zipFile = new ZipFile();
zipFile.addBuffer(manifest, "manifest.json");
zipFile.addBuffer(signature, "signature");
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
      url: `${cdn}/cdn/${assetId}?accessKey=secret`,
      urlExpirationDate,
      alternativeDistributionKeyBlob: "A".repeat(200),
    },
  });
  if (related === "variants") {
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const next = start + 200 < ids.length ? { next: `${origin}${url.pathname}?cursor=${start + 200}` } : {};
    return { data: ids.slice(start, start + 200).map(resource), links: { ...links, ...next } };
  }
  if (url.pathname.startsWith("/v1/alternativeDistributionPackageVariants/"))
    return { data: resource(id), links };
  const attributes = { url: `${cdn}/cdn/zip?accessKey=secret`, urlExpirationDate, state: "COMPLETED" };
  return { data: { type: "alternativeDistributionPackageVersions", id, attributes }, links };
}

let networkFreeAt = 0;

/** Passes the parts on no faster than the network, which all downloads share. */
async function* paced(parts: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const bytesPerMs = (megabitsPerSecond * 1e6) / 8 / 1000;
    networkFreeAt = Math.max(networkFreeAt, performance.now()) + part.length / bytesPerMs;
    await sleep(networkFreeAt - performance.now());
    yield part;
  }
}

const answer: RequestListener = async (request, response) => {
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
  const bytes = sizeOf.get(url.pathname.slice("/cdn/".length)) ?? 0;
  response.writeHead(200, { "content-length": bytes });
  const isPaced = Number.isFinite(megabitsPerSecond);
  if (bytes <= block.length && !isPaced) response.end(block.subarray(0, bytes));
  else {
    const parts = content(0, bytes);
    Readable.from(isPaced ? paced(parts) : parts, { highWaterMark: 1 }).pipe(response);
  }
};

/** Resolves to the port. */
async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const origin = `http://127.0.0.1:${await listen(createServer(answer))}`;
// No way to download checks the certificate, so nothing has to trust it.
const { pem: cert, privateKey } = chain.leaf;
const key = privateKey.export({ type: "pkcs8", format: "pem" });
const cdn = tls ? `https://127.0.0.1:${await listen(createTlsServer({ cert, key }, answer))}` : origin;
process.send?.({ origin, cdn, trust: chain.root.pem });
// Also where the bench was ended by a signal, which leaves no time to stop it.
process.on("disconnect", () => process.exit());
