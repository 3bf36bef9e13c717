/** What request handlers, `(Request) => Promise<Response>`, share. */
import { abortable } from "./abort.js";
import type { Clock } from "./clock.js";
import { TimeUp, withTimeLimit } from "./time-limit.js";

/** A response with a line of text, for one caller. `Response` adds the content type: plain text in UTF-8. */
export function textResponse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}

interface BodyLimits {
  /** Bytes. */
  readonly maxBytes: number;
  /** Ms that are left for the body. */
  readonly left: number;
  /** Ms for the whole request, for the answer. */
  readonly timeout: number;
  readonly clock: Clock;
}

/**
 * The bytes of a request's body, or the response to a request whose body is too large, late or ends early.
 *
 * @throws TypeError if something else has read the body
 */
export async function receiveBody(
  request: Request,
  { maxBytes, left, timeout, clock }: BodyLimits,
): Promise<Uint8Array | Response> {
  const { signal } = request;
  try {
    // In this order, an abort also ends the timer.
    const body = await withTimeLimit(abortable(readAtMost(request, maxBytes), signal), left, clock);
    if (body === "too large") return textResponse(413, `The body is larger than ${maxBytes} bytes`);
    if (body !== "ended early") return body;
  } catch (error) {
    if (error instanceof TimeUp) return textResponse(408, `The body did not arrive within ${timeout} ms`);
    if (!signal?.aborted) throw error;
  }
  return textResponse(400, "The body ended early");
}

/**
 * The bytes of the body of a request or response, or why they were not read. It holds at most `maxBytes` and one chunk in
 * memory.
 *
 * The rest of a body that is too large stays unread. It is not cancelled: Node would then close the connection before
 * the response is sent.
 *
 * @param signal ends the reading: by default the request's own
 * @throws TypeError if something else has read the body; the signal's reason
 */
export async function readAtMost(
  message: Request | Response,
  maxBytes: number,
  signal = "signal" in message ? message.signal : undefined,
): Promise<Uint8Array | "too large" | "ended early"> {
  if (message.bodyUsed || message.body?.locked) {
    throw new TypeError(
      "The request's body was read before this handler got it: mount the handler before any body parser",
    );
  }
  if (Number(message.headers.get("content-length")) > maxBytes) return "too large";
  if (!message.body) return new Uint8Array();

  const reader = message.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => signal?.throwIfAborted());
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
