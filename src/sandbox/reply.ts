/** What the sandbox reads of a request. A web `Request` is one; the HTTP server hands over a lighter object. */
export interface SandboxRequest {
  readonly method: string;
  /** The whole URL. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  /** Where signed URLs in the answer shall point, when the request came through a server of our own. */
  readonly cdnOrigin?: string;
  text(): Promise<string>;
}

/** Bytes of known size that are made while they are read. */
export interface Content {
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`. The slices are shared: never write to them. */
  slices(start: number, end: number): Iterable<Uint8Array>;
}

/** How the connection misbehaves while a reply is sent. `at` is a number of body bytes. */
export interface Wire {
  readonly reset?: "refused" | "before-headers" | "mid-body";
  readonly stall?: "headers" | "body";
  readonly at?: number;
}

export interface Reply {
  readonly status: number;
  /** The reply's own, names in lower case. A `content-length` other than the body's is a lie to be told. */
  readonly headers: Record<string, string>;
  readonly body: string | Content;
  readonly wire?: Wire;
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.length, slices: (start, end) => [bytes.subarray(start, end)] };
}

export function bodyContent(body: string | Content): Content {
  return typeof body === "string" ? contentOf(Buffer.from(body)) : body;
}

export function lengthOf(body: string | Content): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.size;
}

export function part(content: Content, from: number, to: number): Content {
  return { size: to - from, slices: (start, end) => content.slices(from + start, from + end) };
}

/** `content` cut or filled with zero bytes to another size. */
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
