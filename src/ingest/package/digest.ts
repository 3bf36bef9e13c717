import { createHash, type Hash } from "node:crypto";
import { read } from "node:fs";
import { promisify } from "node:util";

// Hex digits of a digest. Weaker algorithms are left out on purpose: they would not prove anything.
const DIGEST_LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

/** An algorithm whose digests prove an asset's bytes. */
export type DigestAlgorithm = keyof typeof DIGEST_LENGTHS;

/** The algorithm a manifest names ("sha256", "SHA-256"), or undefined for one we do not know. */
export function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  const plain = name.toLowerCase().replace("-", "");
  return plain === "sha256" || plain === "sha384" || plain === "sha512" ? plain : undefined;
}

/** Whether a text is a digest in hex of the algorithm's length. */
export function isDigest(text: unknown, algorithm: DigestAlgorithm): text is string {
  return typeof text === "string" && text.length === DIGEST_LENGTHS[algorithm] && /^[0-9a-f]+$/i.test(text);
}

/** A checksum whose form told its algorithm. */
export interface Checksum {
  algorithm: string;
  /** Lower-case hex. */
  hex: string;
}

const CHECKSUM_BYTES = new Map([
  [16, "md5"],
  [20, "sha1"],
  [32, "sha256"],
  [48, "sha384"],
  [64, "sha512"],
]);

/**
 * Reads Apple's `fileChecksum`, of which neither algorithm nor encoding is documented: hex or base64, told apart by
 * alphabet, the algorithm by its length. Undefined where the form does not tell.
 */
export function readChecksum(text: string | undefined): Checksum | undefined {
  if (text === undefined) return undefined;
  const isHex = /^([0-9a-f]{2})+$/i.test(text);
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0;
  if (!isHex && !isBase64) return undefined;
  const bytes = Buffer.from(text, isHex ? "hex" : "base64");
  const algorithm = CHECKSUM_BYTES.get(bytes.length);
  return algorithm === undefined ? undefined : { algorithm, hex: bytes.toString("hex") };
}

const READ_SIZE = 256 * 1024;
const readAsync = promisify(read);

/** Feeds bytes [start, end) of a file to `update`, in order; gives the position where the file or the range ended. */
export async function readRange(
  fd: number,
  start: number,
  end: number,
  update: (bytes: Uint8Array, position: number) => void,
  signal?: AbortSignal,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, Math.max(1, end - start)));
  let position = start;
  while (position < end) {
    signal?.throwIfAborted();
    const length = Math.min(buffer.length, end - position);
    const { bytesRead } = await readAsync(fd, buffer, 0, length, position);
    if (bytesRead === 0) break;
    update(buffer.subarray(0, bytesRead), position);
    position += bytesRead;
  }
  return position;
}

/** Digests of consecutive chunks of a stream that starts at a chunk's first byte. */
export class ChunkHash {
  readonly #algorithm: DigestAlgorithm;
  readonly #chunkSize: number;
  /** Made when a chunk's first bytes come: a hash that is never used still waits for a full garbage collection. */
  #hash: Hash | undefined;
  #chunk: number;
  #filled = 0;

  constructor(algorithm: DigestAlgorithm, chunkSize: number, firstChunk = 0) {
    this.#algorithm = algorithm;
    this.#chunkSize = chunkSize;
    this.#chunk = firstChunk;
  }

  /** The position of the next byte in the whole file. */
  get position(): number {
    return this.#chunk * this.#chunkSize + this.#filled;
  }

  /** Takes the next bytes and tells each chunk that they complete; `end` is where the last chunk ends. */
  update(bytes: Uint8Array, end: number, onChunk: (chunk: number, digest: string) => void): void {
    let rest = bytes;
    while (rest.length > 0) {
      const chunkEnd = Math.min((this.#chunk + 1) * this.#chunkSize, end);
      const part = rest.subarray(0, chunkEnd - this.position);
      this.#hash ??= createHash(this.#algorithm);
      this.#hash.update(part);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.position < chunkEnd) return;
      const digest = this.#hash.digest("hex");
      onChunk(this.#chunk, digest);
      this.#chunk += 1;
      this.#filled = 0;
      this.#hash = undefined;
    }
  }
}
