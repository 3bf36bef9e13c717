import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createClient } from "../../../src/index.js";
import { seededRandom } from "../../support/random.js";
import { packageZip, type RawEntry } from "./raw-zip.js";
import { signatureOf } from "./signing.js";

/** An asset to serve. */
export interface ServedAsset {
  kind: "variant" | "delta";
  id: string;
  content: Buffer;
  chunkSize: number;
  fileChecksum?: string;
}

/** Seeded bytes. They repeat after 99,991 bytes, which is a prime number, so that no two chunks are equal. */
function bytes(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const block = Buffer.from(Uint8Array.from({ length: Math.min(length, 99_991) }, () => random() * 256));
  return Buffer.alloc(length, block);
}

export function variant(id: string, length: number, chunkSize = length, seed = length): ServedAsset {
  return { kind: "variant", id, content: bytes(length, seed), chunkSize };
}

export function delta(id: string, length: number, chunkSize = length, seed = length): ServedAsset {
  return { ...variant(id, length, chunkSize, seed), kind: "delta" };
}

function sha256(part: Buffer): string {
  return createHash("sha256").update(part).digest("hex");
}

function entryOf({ kind, id, content, chunkSize }: ServedAsset) {
  const chunks = Array.from({ length: Math.ceil(content.length / chunkSize) }, (_, chunk) =>
    sha256(content.subarray(chunk * chunkSize, (chunk + 1) * chunkSize)),
  );
  const details = {
    compressedSize: content.length,
    hashes: [{ algorithm: "sha256", chunkSize, encryptedChunkDigests: chunks }],
  };
  return { publicId: id, assetPath: `${kind}/${id}.ipa`, [`${kind}Details`]: details };
}

/** A valid manifest. */
export function manifestOf(assets: readonly ServedAsset[], more: Record<string, unknown> = {}) {
  const of = (kind: string) => assets.filter((asset) => asset.kind === kind).map(entryOf);
  return { bundleId: "com.example", ...more, variants: of("variant"), deltas: of("delta") };
}

/** The zip of a package, with a valid signature. */
export function signedZip(
  manifest: unknown,
  assets: readonly ServedAsset[],
  more: readonly RawEntry[] = [],
): Buffer {
  return packageZip(manifest, more, signatureOf(JSON.stringify(manifest), assets));
}

/** One request to the CDN part. */
interface CdnRequest {
  id: string;
  range: string | undefined;
  authorization: string | undefined;
  encoding: string | undefined;
  userAgent: string | undefined;
  socket: number | undefined;
}

/** Answers a CDN request instead of the server; false leaves it to the server. */
export type CdnHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  asset: { id: string; content: Buffer; serial: number },
) => boolean;

/**
 * A small API and CDN in one server, without faults unless a test sets a handler. Signed URLs have
 * `accessKey=secret-<serial>`, a new serial for each. The signature names the assets in `signed`.
 */
export async function servePackage(
  assets: readonly ServedAsset[],
  {
    manifest = manifestOf(assets),
    signed = assets,
  }: { manifest?: unknown; signed?: readonly ServedAsset[] } = {},
) {
  let zip = signedZip(manifest, signed);
  let served = assets;
  let onCdn: CdnHandler = () => false;
  let onApi: (path: string) => unknown;
  let serial = 0;
  const cdn: CdnRequest[] = [];
  const api: string[] = [];

  const sign = (id: string) => ({
    url: `${origin}/cdn/${id}?accessKey=secret-${++serial}`,
    urlExpirationDate: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const resource = ({ kind, id, fileChecksum }: ServedAsset) => ({
    type:
      kind === "variant" ? "alternativeDistributionPackageVariants" : "alternativeDistributionPackageDeltas",
    id,
    attributes: {
      ...sign(id),
      alternativeDistributionKeyBlob: Buffer.from(`blob of ${id}`).toString("base64"),
      ...(fileChecksum && { fileChecksum }),
    },
  });
  const version = (id: string) => ({
    type: "alternativeDistributionPackageVersions",
    id,
    attributes: { ...sign("zip"), version: "1", state: id === "old" ? "REPLACED" : "COMPLETED" },
  });
  const links = { self: "https://api.example/self" };

  function answerApi(path: string): unknown {
    const [, , collection = "", id = "", related] = path.split("/");
    if (collection === "appStoreVersions") {
      return { data: { type: "alternativeDistributionPackages", id: "package" }, links };
    }
    if (related === "versions") return { data: [version("version")], links };
    if (related === "variants" || related === "deltas") {
      const kind = related === "variants" ? "variant" : "delta";
      return { data: served.filter((asset) => asset.kind === kind).map(resource), links };
    }
    if (collection === "alternativeDistributionPackageVersions") return { data: version(id), links };
    const asset = served.find((candidate) => candidate.id === id);
    return asset && { data: resource(asset), links };
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://server");
    if (!url.pathname.startsWith("/cdn/")) {
      api.push(url.pathname);
      const body = onApi?.(url.pathname) ?? answerApi(url.pathname);
      response.writeHead(body ? 200 : 404, { "content-type": "application/json" });
      const missing = {
        errors: [{ id: "1", status: "404", code: "NOT_FOUND", title: "Not found.", detail: "" }],
      };
      response.end(JSON.stringify(body ?? missing));
      return;
    }
    const id = url.pathname.slice("/cdn/".length);
    const { range, authorization, "accept-encoding": encoding, "user-agent": userAgent } = request.headers;
    const { remotePort: socket } = request.socket;
    cdn.push({ id, range, authorization, encoding: encoding?.toString(), userAgent, socket });
    const content = id === "zip" ? zip : served.find((asset) => asset.id === id)?.content;
    if (content === undefined) return void response.writeHead(404).end();
    const asset = { id, content, serial: Number(url.searchParams.get("accessKey")?.slice("secret-".length)) };
    if (!onCdn(request, response, asset)) sendRange(response, content, range);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  return {
    origin,
    client: createClient({ token: "api-token", baseUrl: origin, maxRetries: 0 }),
    /** The requests to the CDN, in order. */
    cdn,
    /** The paths of the requests to the API, in order. */
    api,
    /** CDN requests for assets, without the zip. */
    get downloads() {
      return cdn.filter(({ id }) => id !== "zip");
    },
    /** Serves another version from now on. */
    publish(next: readonly ServedAsset[], more: Record<string, unknown> = {}) {
      served = next;
      zip = signedZip(manifestOf(next, more), next);
    },
    set zip(content: Buffer) {
      zip = content;
    },
    set onCdn(handler: CdnHandler) {
      onCdn = handler;
    },
    set onApi(handler: (path: string) => unknown) {
      onApi = handler;
    },
  };
}

/** Sends a whole file, or the one range that is requested. */
export function sendRange(response: ServerResponse, content: Buffer, range?: string): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined) {
    response.writeHead(200, { "content-length": content.length }).end(content);
    return;
  }
  const part = content.subarray(Number(from), Number(to) + 1);
  const contentRange = `bytes ${from}-${Number(from) + part.length - 1}/${content.length}`;
  response.writeHead(206, { "content-length": part.length, "content-range": contentRange }).end(part);
}
