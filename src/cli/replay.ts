import { createHmac } from "node:crypto";
import type { WebhookDelivery, WebhookEvent } from "../../generated/paths.js";
import { describeThrown } from "../http/thrown.js";
import { SIGNATURE_HEADER } from "../notifications/verify.js";
import type { StoredDelivery } from "./deliveries.js";
import { timeLimited } from "./time-limited.js";

/** The result of posting one event. */
export interface Replayed {
  /** Id of the event. */
  readonly id: string;
  readonly type: string | undefined;
  /** HTTP status of the endpoint; `undefined` if it did not answer. */
  readonly status: number | undefined;
  readonly error: string | undefined;
}

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
      const init = { method: "POST", headers, body: payload, redirect: "manual" } as const;
      const { status } = await timeLimited((limit) => fetch(url, { ...init, signal: limit }), signal);
      yield { id, type, status, error: undefined };
    } catch (error) {
      signal.throwIfAborted();
      yield { id, type, status: undefined, error: describeThrown(error) };
    }
  }
}
