import { type Command, InvalidArgumentError, Option } from "commander";
import type { WebhookDelivery, WebhookEvent } from "../../generated/paths.js";
import type { Client } from "../client.js";
import { systemClock } from "../clock.js";
import type { ListDeliveriesQuery } from "../resources/webhooks.js";
import { acceptedValues } from "./accepted-values.js";

type State = NonNullable<ListDeliveriesQuery["filter[deliveryState]"]>[number];

/** Which of a webhook's deliveries. */
export interface DeliveryFlags {
  /** Ms since 1970. */
  readonly since?: number;
  readonly state?: State;
}

const DAY = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { d: DAY, h: DAY / 24, m: DAY / 1440 };

/** Adds the {@link DeliveryFlags}. */
export function addDeliveryOptions(command: Command): Command {
  return command
    .option(
      "--since <time>",
      "a date, or a time ago such as 12h or 3d; Apple keeps about 10 days (default: 1d)",
      time,
    )
    .addOption(
      new Option("--state <state>", "only deliveries in this state").choices(
        acceptedValues("webhooks_deliveries_getToManyRelated", "filter[deliveryState]"),
      ),
    );
}

function time(text: string): number {
  const [, amount, unit = ""] = /^(\d+)([dhm])$/.exec(text) ?? [];
  // Date.parse would also take "5", as a day in 2001.
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const at = amount === undefined ? date : systemClock.now() - Number(amount) * (UNITS[unit] ?? 0);
  // The range of a Date.
  if (Math.abs(at) <= 8.64e15) return at;
  throw new InvalidArgumentError("Expected a date such as 2026-03-01T12:00:00Z, or 90m, 12h or 3d.");
}

/** A delivery, with the event that it carries if Apple gives it. */
export interface StoredDelivery {
  readonly delivery: WebhookDelivery;
  readonly event: WebhookEvent | undefined;
}

/** The deliveries of a webhook, oldest first. */
export async function readDeliveries(
  client: Client,
  webhookId: string,
  { since = systemClock.now() - DAY, state }: DeliveryFlags,
  signal: AbortSignal,
): Promise<StoredDelivery[]> {
  const query = {
    include: ["event" as const],
    "filter[createdDateGreaterThanOrEqualTo]": [new Date(since).toISOString()],
    ...(state && { "filter[deliveryState]": [state] }),
  };
  const found: StoredDelivery[] = [];
  for await (const { data, included } of client.webhooks
    .listDeliveries(webhookId, query, { signal })
    .pages()) {
    const events = new Map((included ?? []).map((event) => [event.id, event]));
    for (const delivery of data) {
      found.push({ delivery, event: events.get(delivery.relationships?.event?.data?.id ?? "") });
    }
  }
  const createdAt = ({ delivery }: StoredDelivery) => Date.parse(delivery.attributes?.createdDate ?? "") || 0;
  return found.sort((a, b) => createdAt(a) - createdAt(b));
}
