import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

/** Bytes that are hashed before other requests are served. */
const HASHED_AT_ONCE = 16 * 2 ** 20;

/** Bytes of known size that are made while they are read. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`. The slices are shared: never write to them. */
  slices(start: number, end: number): Iterable<Uint8Array>;
}

export function contentOf(body: string | Uint8Array | Content): Content {
  if (typeof body === "string") return contentOf(Buffer.from(body));
  if (!(body instanceof Uint8Array)) return body;
  return { size: body.length, slices: (start, end) => [body.subarray(start, end)] };
}

export function lengthOf(body: string | Content): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.size;
}

export function part(content: Content, from: number, to: number): Content {
  return { size: to - from, slices: (start, end) => content.slices(from + start, from + end) };
}

/** `content` cut, or filled with zero bytes, to another size. */
export function resized(content: Content, size: number): Content {
  return {
    size,
    *slices(start, end) {
      const known = Math.min(end, content.size);
      if (start < known) yield* content.slices(start, known);
      const filled = end - Math.max(start, content.size);
      if (filled > 0) yield new Uint8Array(filled);
    },
  };
}

/** `content` with the byte at `offset` changed. */
export function corrupted(content: Content, offset: number): Content {
  return {
    size: content.size,
    *slices(start, end) {
      let position = start;
      for (const slice of content.slices(start, end)) {
        const index = offset - position;
        position += slice.length;
        const byte = slice[index];
        if (byte === undefined) yield slice;
        else {
          const copy = Uint8Array.from(slice);
          copy[index] = byte ^ 0xff;
          yield copy;
        }
      }
    },
  };
}

/** SHA-256 in hex: of a file, and of each chunk of it. */
interface Digests {
  readonly file: string;
  readonly chunks: readonly string[];
}

/** The digests of a file that does not change: computed when they are first asked for, then kept. */
export function digestsOf(content: Content, chunkSize = content.size) {
  let file: Promise<Digests> | undefined;
  let chunks: Promise<Digests> | undefined;
  const isOneChunk = chunkSize >= content.size;
  return {
    async file(): Promise<string> {
      file ??= chunks ?? hash(content, content.size);
      return (await file).file;
    },
    /** An empty file has one chunk without bytes. */
    async chunks(): Promise<readonly string[]> {
      chunks ??= (isOneChunk ? file : undefined) ?? hash(content, chunkSize);
      return (await chunks).chunks;
    },
  };
}

/** Both kinds of digests in one pass; the bytes are hashed twice only where there are several chunks. */
async function hash(content: Content, chunkSize: number): Promise<Digests> {
  const { size } = content;
  const whole = chunkSize < size ? createHash("sha256") : undefined;
  const chunks: string[] = [];
  let hashed = 0;
  for (let start = 0; start === 0 || start < size; start += chunkSize || 1) {
    const chunk = createHash("sha256");
    for (const slice of content.slices(start, Math.min(start + chunkSize, size))) {
      chunk.update(slice);
      whole?.update(slice);
      hashed += slice.length;
      if (hashed < HASHED_AT_ONCE) continue;
      hashed = 0;
      await setImmediate();
    }
    chunks.push(chunk.digest("hex"));
  }
  const [first = ""] = chunks;
  return { file: whole ? whole.digest("hex") : first, chunks };
}
