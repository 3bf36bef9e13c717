import { createHash, type Hash } from "node:crypto";

/** An algorithm whose digests prove that an asset has the right bytes. Weaker ones would prove nothing. */
export type DigestAlgorithm = "sha256" | "sha384" | "sha512";

/** The number of hex digits. */
const DIGEST_LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** The algorithm a manifest names ("sha256", "SHA-256", "SHA_256"), or undefined for one we do not know. */
export function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  const plain = name.toLowerCase().replace(/[-_]/, "");
  return plain === "sha256" || plain === "sha384" || plain === "sha512" ? plain : undefined;
}

/** Whether a value is a digest in hex that is as long as the algorithm's digests are. */
export function isDigest(text: unknown, algorithm: DigestAlgorithm): text is string {
  return typeof text === "string" && text.length === DIGEST_LENGTHS[algorithm] && /^[0-9a-f]+$/i.test(text);
}

/** A checksum whose length shows its algorithm. */
interface Checksum {
  readonly algorithm: string;
  /** Lower-case hex. */
  readonly hex: string;
}

const ALGORITHM_BY_BYTES: ReadonlyMap<number, string> = new Map([
  [16, "md5"],
  [20, "sha1"],
  [32, "sha256"],
  [48, "sha384"],
  [64, "sha512"],
]);

/** Whether this Node can compute digests by an algorithm. In FIPS mode, there is no MD5. */
export function isComputable(algorithm: string): boolean {
  try {
    createHash(algorithm);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads Apple's `fileChecksum`. Apple documents neither its algorithm nor its encoding: hex and base64 differ in their
 * characters, the algorithms in their lengths. Undefined for anything else, or if this Node cannot compute the algorithm.
 */
export function readChecksum(text: unknown): Checksum | undefined {
  if (typeof text !== "string") return undefined;
  const isHex = /^([0-9a-f]{2})+$/i.test(text);
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0;
  if (!isHex && !isBase64) return undefined;
  const bytes = Buffer.from(text, isHex ? "hex" : "base64");
  const algorithm = ALGORITHM_BY_BYTES.get(bytes.length);
  if (algorithm === undefined || !isComputable(algorithm)) return undefined;
  return { algorithm, hex: bytes.toString("hex") };
}

/** Computes the digests of consecutive chunks of a stream that starts at a chunk's first byte. */
export class ChunkHash {
  readonly #algorithm: DigestAlgorithm;
  readonly #chunkSize: number;
  // Created when a chunk's first bytes come: even an unused hash takes memory until a full garbage collection.
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

  /** Digests the next bytes. Calls `onChunk` for each chunk that they complete; `end` is where the last chunk ends. */
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
