import { readBody } from "./body.js";
import { NotificationBodyError, NotificationSignatureError } from "./errors.js";
import type { NotificationEvent } from "./events.js";
import { createMemorySeenStore, type SeenStore } from "./seen.js";
import { listSecrets, type NotificationSecret, signatureHeader } from "./signature.js";
import { verifyNotification } from "./verify.js";

/** Options of {@link createNotificationHandler}. */
export interface NotificationHandlerOptions {
  /** The secret given to Apple with the webhook; several while one replaces another. */
  secret: NotificationSecret;
  /**
   * Takes one event in; awaited if it gives a promise. Put it on a queue and return: Apple waits for the answer,
   * and ingesting takes minutes. When it throws, Apple sends the event again. The error itself goes no further:
   * log it here.
   */
  onEvent: (event: NotificationEvent) => unknown;
  /**
   * Where ids are remembered, so that a second delivery is answered without another `onEvent`.
   * Default: the last 10 000 ids, in the memory of this handler.
   */
  seen?: SeenStore | undefined;
  /** The largest body taken, in bytes. Default 1 048 576 (1 MiB). */
  maxBytes?: number | undefined;
}

/**
 * A web-standard request handler for the URL given to Apple: verifies, drops duplicates, calls `onEvent`.
 *
 * | answer | when |
 * |---|---|
 * | 200 | `onEvent` took it in, now or at an earlier delivery |
 * | 400 | signed, but no notification, or the body broke off |
 * | 401 | signature missing, malformed or wrong |
 * | 405 | not a POST |
 * | 413 | more than `maxBytes` |
 * | 500 | `onEvent` or the `seen` store failed: Apple sends it again |
 *
 * An id is looked up in `seen` after the signature holds, and added after `onEvent` succeeded. Deliveries of one
 * id that overlap share one call of `onEvent` and its outcome. Only a body that something else has read before
 * makes it reject, with a TypeError.
 *
 * @example
 * const handler = createNotificationHandler({ secret, onEvent: (event) => event.change && queue.add(event.change) });
 * Deno.serve(handler); // or Bun.serve({ fetch: handler }), or app.all("/notifications", (c) => handler(c.req.raw)) in Hono
 *
 * @throws TypeError when an option is missing or wrong
 */
export function createNotificationHandler(
  options: NotificationHandlerOptions,
): (request: Request) => Promise<Response> {
  const { onEvent, seen = createMemorySeenStore(), maxBytes = 1_048_576 } = options;
  const secret = listSecrets(options.secret);
  if (typeof onEvent !== "function") throw new TypeError('"onEvent" must be a function');
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new TypeError('"maxBytes" must be a positive whole number of bytes');
  }
  if (typeof seen.has !== "function" || typeof seen.add !== "function") {
    throw new TypeError('"seen" must have the methods has(id) and add(id)');
  }

  const underWay = new Map<string, Promise<void>>();

  async function takeIn(event: NotificationEvent): Promise<void> {
    if (await seen.has(event.id)) return;
    await onEvent(event);
    await seen.add(event.id);
  }

  function takeInOnce(event: NotificationEvent): Promise<void> {
    const shared = underWay.get(event.id);
    if (shared) return shared;
    const started = takeIn(event).finally(() => underWay.delete(event.id));
    underWay.set(event.id, started);
    return started;
  }

  return async (request) => {
    if (request.method !== "POST") {
      return answer(405, "Notifications are sent with POST", { allow: "POST" });
    }
    let event: NotificationEvent;
    try {
      const body = await readBody(request, maxBytes);
      if (!body) return answer(413, `The body is larger than ${maxBytes} bytes`);
      event = await verifyNotification({ body, signature: request.headers.get(signatureHeader), secret });
    } catch (error) {
      if (error instanceof NotificationSignatureError) return answer(401, error.message);
      if (error instanceof NotificationBodyError) return answer(400, error.message);
      throw error;
    }
    try {
      await takeInOnce(event);
    } catch {
      return answer(500, "The notification was not taken in: send it again");
    }
    return answer(200, "OK");
  };
}

function answer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain", ...headers } });
}
