import type { WebhookDeliveriesResponse, WebhookDelivery } from "../../generated/paths.js";
import { abortable } from "../abort.js";
import { checkFunction, checkObject, checkText, isDate, optionError, show } from "../checks.js";
import type { Client } from "../client.js";
import { type Clock, systemClock } from "../clock.js";
import { NotificationBodyError } from "./errors.js";
import { type NotificationEvent, readEvent } from "./events.js";
import { checkSeen, createMemorySeenStore, type SeenStore } from "./seen.js";

/** A delivery whose payload is not a notification, and what is wrong with it. */
export interface UnreadableDelivery {
  readonly delivery: WebhookDelivery;
  /** What Apple stored, if it did. */
  readonly payload: string | undefined;
  readonly error: NotificationBodyError;
}

/** Options of {@link missedNotifications}. */
export interface MissedNotificationsOptions {
  /** The webhook whose deliveries are read. */
  readonly webhookId: string;
  /** Read what Apple sent, or tried to send, from this time on. Apple keeps ten days. */
  readonly since: Date;
  /**
   * Whether `since` may be more than ten days ago, although Apple does not have what it sent before that.
   * @default false
   */
  readonly allowGap?: boolean | undefined;
  /**
   * Remembers the ids of handled events: use the store of the notification handler. Events in it are left out, so it must not
   * forget an id within ten days. An id is added when the next event is asked for.
   * @default the last 10,000 ids, in memory: enough for the redeliveries of one run
   */
  readonly seen?: SeenStore | undefined;
  /**
   * Called with a delivery whose payload is not a notification; awaited if it returns a promise. Such a delivery is skipped.
   * If it throws, the iteration throws this error.
   */
  readonly onUnreadable?: ((unreadable: UnreadableDelivery) => unknown) | undefined;
  /** Ends the reading, also while `seen` or `onUnreadable` is awaited: the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const ENCODER = new TextEncoder();
const DAY = 86_400_000;
/** Ms that Apple keeps deliveries. */
const RETENTION = 10 * DAY;
/** Ms that the requests for a day may take: Apple refuses a date that is more than ten days ago when a request arrives. */
const MARGIN = 60_000;

/**
 * The notifications that Apple stored with a webhook's deliveries, for a receiver that was switched off: the same events
 * that the notification handler passes to `onEvent`, oldest first, whether their delivery failed or succeeded.
 *
 * Start the handler first, then read these: what Apple sends meanwhile reaches the handler. An event is added to `seen`
 * when you ask for the next one: after a crash, an event may come again, and none is lost. A delivery whose payload is not a
 * notification is skipped, see `onUnreadable`. Events of unknown types are included, as in the handler.
 *
 * Apple cannot sort deliveries, so one day of them at a time is read and sorted.
 *
 * @example
 * for await (const event of missedNotifications(client, { webhookId, since, seen })) {
 *   if (event.change) await queue.add(event.change);
 * }
 *
 * @throws RangeError if `since` is more than ten days ago, unless `allowGap` is set
 * @throws TypeError if an option is missing or wrong
 * @throws AppStoreConnectError while iterating, for errors of the API
 */
export function missedNotifications(
  client: Pick<Client, "webhooks">,
  options: MissedNotificationsOptions,
): AsyncGenerator<NotificationEvent, void, undefined> {
  return readMissed(client, options, systemClock);
}

/** {@link missedNotifications} on a given clock. */
export function readMissed(
  client: Pick<Client, "webhooks">,
  options: MissedNotificationsOptions,
  clock: Clock,
): AsyncGenerator<NotificationEvent, void, undefined> {
  const { webhooks } = checkObject("client", client);
  const { seen = createMemorySeenStore(), signal } = checkObject("options", options);
  const start = checkOptions(options, clock.now());
  /** Waits for the caller's code until the signal aborts, because that code may never return. */
  const within = <T>(value: T | PromiseLike<T>) => abortable(Promise.resolve(value), signal);

  async function* readDay(from: number): AsyncGenerator<NotificationEvent, void, undefined> {
    const query = {
      include: ["event" as const],
      "filter[createdDateGreaterThanOrEqualTo]": [wholeSecond(from)],
      "filter[createdDateLessThan]": [wholeSecond(from + DAY)],
    };
    const found: DeliveredEvent[] = [];
    for await (const page of webhooks.listDeliveries(options.webhookId, query, { signal }).pages()) {
      const { events, unreadable } = readPage(page);
      found.push(...events);
      for (const one of unreadable) await within(options.onUnreadable?.(one));
    }
    for (const { event } of found.sort(byDate)) {
      if (await within(seen.has(event.id))) continue;
      yield event;
      await within(seen.add(event.id));
    }
  }

  async function* readAll(): AsyncGenerator<NotificationEvent, void, undefined> {
    // The clock is read each time: an iteration may take long.
    for (let from = start; from <= clock.now(); from += DAY) yield* readDay(from);
  }
  return readAll();
}

/** Apple's dates of deliveries may have no fractions: with one, a delivery of the same second could be left out. */
function wholeSecond(time: number): string {
  return new Date(time - (time % 1000)).toISOString();
}

/** The time in ms from which deliveries are read. @throws RangeError, TypeError */
function checkOptions(options: MissedNotificationsOptions, now: number): number {
  const { webhookId, since, allowGap = false, seen, onUnreadable } = options;
  checkText("webhookId", webhookId, "an id");
  const from = isDate(since) ? since.getTime() : Number.NaN;
  if (Number.isNaN(from)) throw optionError("since", "a valid Date", show(since));
  if (seen !== undefined) checkSeen(seen);
  if (onUnreadable !== undefined) checkFunction("onUnreadable", onUnreadable);
  if (!allowGap && from < now - RETENTION) {
    throw new RangeError(
      `since: ${since.toISOString()} is more than ten days ago, and Apple does not have what it sent before that; ` +
        "reconcile with the API, then set allowGap",
    );
  }
  return Math.max(from, now - RETENTION + MARGIN);
}

interface DeliveredEvent {
  /** When the delivery was made, ms. */
  readonly createdAt: number;
  readonly event: NotificationEvent;
}

/** The events of one page of deliveries. */
function readPage({ data, included }: WebhookDeliveriesResponse) {
  // Apple may send null for what is optional.
  const payloads = new Map((included ?? []).map(({ id, attributes }) => [id, attributes?.payload]));
  const events: DeliveredEvent[] = [];
  const unreadable: UnreadableDelivery[] = [];
  for (const delivery of data) {
    const payload = payloads.get(delivery.relationships?.event?.data?.id ?? "") ?? undefined;
    try {
      const event = readEvent(ENCODER.encode(payload ?? ""));
      events.push({ createdAt: Date.parse(delivery.attributes?.createdDate ?? "") || 0, event });
    } catch (error) {
      if (!(error instanceof NotificationBodyError)) throw error;
      unreadable.push({ delivery, payload, error });
    }
  }
  return { events, unreadable };
}

/** Apple's dates of deliveries have whole seconds, those of events fractions. */
function byDate(a: DeliveredEvent, b: DeliveredEvent): number {
  return a.createdAt - b.createdAt || Number(a.event.date ?? 0) - Number(b.event.date ?? 0);
}
