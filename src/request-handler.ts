/** What request handlers, `(Request) => Promise<Response>`, share. */

/** A response with a line of text. */
export function textResponse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain", ...headers } });
}

/**
 * The bytes of a request's body, or why they were not read. It never holds more than `maxBytes`, and a chunk.
 *
 * The rest of a body that is too large stays unread. It is not cancelled: Node would then close the connection before
 * the response is sent.
 *
 * @throws TypeError if something else has read the body
 */
export async function readAtMost(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | "too large" | "ended early"> {
  if (request.bodyUsed || request.body?.locked) {
    throw new TypeError(
      "The request's body was read before this handler got it: mount the handler before any body parser",
    );
  }
  if (Number(request.headers.get("content-length")) > maxBytes) return "too large";
  if (!request.body) return new Uint8Array();

  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => undefined);
    if (!chunk) return "ended early";
    if (chunk.done) return concat(chunks, length);
    length += chunk.value.byteLength;
    if (length > maxBytes) return "too large";
    chunks.push(chunk.value);
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
