import { NotificationBodyError } from "./errors.js";

/**
 * The bytes of a request's body, of which no more than `maxBytes` are ever held.
 *
 * What is too much is left unread, not cancelled: under Node a cancelled body takes the connection with it, and
 * the answer would not get out.
 *
 * @returns `undefined` when there are more, be it that `content-length` says so or that they arrive
 * @throws NotificationBodyError when the body breaks off
 * @throws TypeError when something else has read the body
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (request.bodyUsed || request.body?.locked) {
    throw new TypeError(
      "The request's body was read before the notification handler got it: mount the handler before any body parser",
    );
  }
  if (Number(request.headers.get("content-length")) > maxBytes) return undefined;
  if (!request.body) return new Uint8Array();

  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await nextChunk(reader);
    if (!chunk) return concat(chunks, length);
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch {
    throw new NotificationBodyError("The body broke off before its end");
  }
}

function concat(chunks: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
