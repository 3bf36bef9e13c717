import { abortable } from "../abort.js";
import { checkDuration, checkFunction, checkNumber, checkObject } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import { receiveBody, textResponse } from "../request-handler.js";
import { NotificationBodyError, NotificationSignatureError } from "./errors.js";
import type { NotificationEvent } from "./events.js";
import { checkSeen, createMemorySeenStore, oncePerId, type SeenStore } from "./seen.js";
import { checkSecrets, type NotificationSecret, SIGNATURE_HEADER, verifyNotification } from "./verify.js";

/** Options of {@link createNotificationHandler}. */
export interface NotificationHandlerOptions {
  /** The secret given to Apple with the webhook, or several while you replace one. */
  readonly secret: NotificationSecret;
  /**
   * Called with each event; awaited if it returns a promise. Put the event on a queue and return: Apple waits for the
   * answer, and an ingest takes minutes. If it throws, the answer is 500 and Apple sends the event again. The handler
   * does not pass the error on, so log it here.
   *
   * An event that was handled is not passed twice, with three exceptions, so make it repeatable: after a failure of `seen`;
   * after a call that took longer than `timeout`, which may still be running when the next delivery comes; and when two
   * instances of a service get it at the same time.
   */
  readonly onEvent: (event: NotificationEvent) => unknown;
  /**
   * Remembers the ids of handled events, so that a second delivery does not call `onEvent` again. Instances of a
   * service should share one.
   * @default the last 10,000 ids, in the memory of this handler
   */
  readonly seen?: SeenStore | undefined;
  /**
   * The largest body that is accepted, in bytes.
   * @default 1_048_576 (1 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * The longest time in ms for one delivery: to receive its body, and then for `onEvent` and `seen` together. After it,
   * the answer is 408 or 500, and the next delivery of the event calls `onEvent` again. How long Apple waits is not
   * known.
   * @default 30_000
   */
  readonly timeout?: number | undefined;
}

/**
 * Makes a web-standard request handler for the URL given to Apple. It verifies notifications, drops duplicates and
 * calls `onEvent`.
 *
 * | answer | when |
 * |---|---|
 * | 200 | `onEvent` succeeded, now or at an earlier delivery |
 * | 400 | signed, but not a notification; or the body ended early |
 * | 401 | signature missing, malformed or wrong |
 * | 405 | not a POST |
 * | 408 | the body did not arrive within `timeout` |
 * | 413 | the body is larger than `maxBytes` |
 * | 500 | `onEvent` or the `seen` store failed, or took longer than `timeout`: Apple sends it again |
 *
 * An id is looked up in `seen` after the signature was verified, and added after `onEvent` succeeded. Deliveries of one id
 * that overlap share one call of `onEvent` and its outcome. When the request's signal aborts, the handler stops waiting and
 * answers; `onEvent` continues, and the next delivery shares that call. The handler rejects only if something else has read
 * the request's body before: with a TypeError.
 *
 * @example
 * const handler = createNotificationHandler({ secret, onEvent: (event) => event.change && queue.add(event.change) });
 * Deno.serve(handler); // or Bun.serve({ fetch: handler }), or app.all("/notifications", (c) => handler(c.req.raw)) in Hono
 *
 * @throws TypeError if an option is missing or wrong
 */
export function createNotificationHandler(
  options: NotificationHandlerOptions,
): (request: Request) => Promise<Response> {
  return notificationHandler(options, systemClock);
}

/** {@link createNotificationHandler} on a given clock. */
export function notificationHandler(
  options: NotificationHandlerOptions,
  clock: Clock,
): (request: Request) => Promise<Response> {
  const {
    onEvent,
    seen = createMemorySeenStore(),
    maxBytes = 1_048_576,
    timeout = 30_000,
  } = checkObject("options", options);
  const secret = checkSecrets(options.secret);
  checkFunction("onEvent", onEvent);
  checkNumber("maxBytes", maxBytes, { min: 1, max: Number.MAX_SAFE_INTEGER, unit: "bytes", whole: true });
  checkSeen(seen);
  checkDuration("timeout", timeout);
  const handleOnce = oncePerId(seen, onEvent, { timeout, clock });

  return async (request) => {
    if (request.method !== "POST") {
      return textResponse(405, "Notifications are sent with POST", { allow: "POST" });
    }
    const body = await receiveBody(request, { maxBytes, left: timeout, timeout, clock });
    if (body instanceof Response) return body;
    let event: NotificationEvent;
    try {
      event = await verifyNotification({ body, signature: request.headers.get(SIGNATURE_HEADER), secret });
    } catch (error) {
      if (error instanceof NotificationSignatureError) return textResponse(401, error.message);
      if (error instanceof NotificationBodyError) return textResponse(400, error.message);
      throw error;
    }
    try {
      await abortable(handleOnce(event), request.signal);
    } catch {
      return textResponse(500, "The notification could not be handled: send it again");
    }
    return textResponse(200, "OK");
  };
}
