import { createHmac } from "node:crypto";
import type { WebhookDelivery, WebhookEvent } from "../../generated/paths.js";
import { SIGNATURE_HEADER } from "../notifications/verify.js";
import type { StoredDelivery } from "./deliveries.js";

/** The result of posting one event. */
export interface Replayed {
  /** Id of the event. */
  readonly id: string;
  readonly type: string | undefined;
  /** HTTP status of the endpoint; `undefined` if it did not answer. */
  readonly status: number | undefined;
  readonly error: string | undefined;
}

// ms for one request
const TIMEOUT = 30_000;

/** Posts each event of these deliveries once, in their order, signed as Apple signs. It does not follow redirects. */
export async function* replay(
  deliveries: readonly StoredDelivery[],
  url: string,
  secret: string,
  signal: AbortSignal,
): AsyncGenerator<Replayed> {
  // A redelivery has the event of the first delivery. Without the event, there is only the delivery's own id.
  const events = new Map<string, WebhookEvent | WebhookDelivery>();
  for (const { delivery, event = delivery } of deliveries) events.set(event.id, event);
  for (const event of events.values()) {
    const { id } = event;
    const { payload, eventType: type } = (event.type === "webhookEvents" && event.attributes) || {};
    if (payload === undefined) {
      yield { id, type, status: undefined, error: "Apple did not store its payload" };
      continue;
    }
    const digest = createHmac("sha256", secret).update(payload).digest("hex");
    const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: `hmacsha256=${digest}` };
    try {
      const response = await fetch(url, {
        ...{ method: "POST", headers, body: payload, redirect: "manual" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      });
      await response.body?.cancel();
      yield { id, type, status: response.status, error: undefined };
    } catch (error) {
      signal.throwIfAborted();
      yield { id, type, status: undefined, error: problemOf(error) };
    }
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
