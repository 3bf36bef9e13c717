import { createHmac } from "node:crypto";
import { vi } from "vitest";
import {
  createNotificationHandler,
  type NotificationEvent,
  type SeenStore,
  verifyNotification,
} from "../../src/notifications/index.js";

export const secret = "a secret for tests";

/** What Apple's header holds, computed by node:crypto: the code under test uses WebCrypto. */
export function sign(body: string | Uint8Array, key = secret): string {
  return `hmacsha256=${createHmac("sha256", key).update(body).digest("hex")}`;
}

/** Reads a signed notification: text and bytes as they stand, anything else as JSON. */
export function read(content: unknown): Promise<NotificationEvent> {
  const raw = typeof content === "string" || content instanceof Uint8Array;
  const body = raw ? content : JSON.stringify(content);
  return verifyNotification({ body, signature: sign(body), secret });
}

/** A signed POST, as the handler receives it. */
export function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Request {
  return new Request("https://marketplace.example/notifications", {
    method: "POST",
    headers: { "content-type": "application/json", "x-apple-signature": sign(body), ...headers },
    body,
  });
}

/** A handler with its onEvent, which tells what it was given and can be made to fail. */
export function setUp(options: { seen?: SeenStore; maxBytes?: number } = {}) {
  const onEvent = vi.fn((_event: NotificationEvent): unknown => undefined);
  return { onEvent, handler: createNotificationHandler({ secret, onEvent, ...options }) };
}

/** A promise, and its end in the test's hands. */
export function gate() {
  let open = () => {};
  let fail = (_reason: Error) => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Lets everything else run until this holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
