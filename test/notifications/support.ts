import { createHmac } from "node:crypto";
import { vi } from "vitest";
import {
  createNotificationHandler,
  type NotificationEvent,
  type SeenStore,
  verifyNotification,
} from "../../src/notifications/index.js";

export const secret = "a secret for tests";

/** The value of Apple's header, computed with node:crypto, because the code under test uses WebCrypto. */
export function sign(body: string | Uint8Array, key = secret): string {
  return `hmacsha256=${createHmac("sha256", key).update(body).digest("hex")}`;
}

/** Reads a signed notification. Strings and bytes are the body as they are, anything else is sent as JSON. */
export function read(content: unknown): Promise<NotificationEvent> {
  const raw = typeof content === "string" || content instanceof Uint8Array;
  const body = raw ? content : JSON.stringify(content);
  return verifyNotification({ body, signature: sign(body), secret });
}

/** A signed POST for the handler. */
export function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Request {
  return new Request("https://marketplace.example/notifications", {
    method: "POST",
    headers: { "content-type": "application/json", "x-apple-signature": sign(body), ...headers },
    body,
    signal: signal ?? null,
  });
}

/** A handler and its `onEvent`, a mock. */
export function setUp(options: { seen?: SeenStore; maxBytes?: number } = {}) {
  const onEvent = vi.fn((_event: NotificationEvent): unknown => undefined);
  return { onEvent, handler: createNotificationHandler({ secret, onEvent, ...options }) };
}

/** A promise that the test settles: `open` resolves it, `fail` rejects it. */
export function gate() {
  let open = () => {};
  let fail = (_reason: Error) => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Lets other tasks run until the condition is true. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
