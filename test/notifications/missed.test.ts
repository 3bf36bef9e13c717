import { describe, expect, test } from "vitest";
import type { NotificationEvent } from "../../src/notifications/index.js";
import { missedNotifications } from "../../src/notifications/index.js";
import { type MissedNotificationsOptions, readMissed } from "../../src/notifications/missed.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json } from "../support/documents.js";
import { seededRandom } from "../support/random.js";

const NOW = Date.parse("2026-03-20T12:00:00Z");
const DAY = 86_400_000;
const clock = { now: () => NOW, elapsed: () => NOW, random: () => 0, sleep: async () => {} };

interface Stored {
  /** Days before now. */
  readonly ago: number;
  readonly payload?: string | undefined;
}

function payload(id: string, type = "buildUploadStateUpdated", timestamp?: string) {
  return JSON.stringify({ data: { type, id, version: 1, attributes: timestamp ? { timestamp } : {} } });
}

/** An API with these deliveries, in two pages per list and in no order. */
function account(stored: readonly Stored[]) {
  const windows: [string, string][] = [];
  const { client, sent } = clientOver(({ url }) => {
    const { searchParams, pathname } = new URL(url);
    const [from, to] = ["GreaterThanOrEqualTo", "LessThan"].map((name) =>
      String(searchParams.get(`filter[createdDate${name}]`)),
    );
    const isSecond = searchParams.has("cursor");
    if (!isSecond) windows.push([String(from), String(to)]);
    const listed = stored
      .map((item, index) => ({ ...item, index, created: NOW - item.ago * DAY }))
      .filter(({ created }) => created >= Date.parse(`${from}`) && created < Date.parse(`${to}`));
    const half = Math.ceil(listed.length / 2);
    const page = isSecond ? listed.slice(half) : listed.slice(0, half);
    searchParams.set("cursor", "2");
    return json({
      data: page.map(({ index, created }) => ({
        type: "webhookDeliveries",
        id: `d${index}`,
        attributes: { createdDate: new Date(created).toISOString() },
        relationships: { event: { data: { type: "webhookEvents", id: `e${index}` } } },
      })),
      included: page.map(({ index, payload }) => ({
        type: "webhookEvents",
        id: `e${index}`,
        attributes: { payload },
      })),
      links: { self: "x", ...(!isSecond && { next: `https://x.example${pathname}?${searchParams}` }) },
    });
  });
  return { client, sent, windows };
}

const options = { webhookId: "W", since: new Date(NOW - 3 * DAY) };

async function idsOf(events: AsyncIterable<NotificationEvent>) {
  const ids: string[] = [];
  for await (const { id } of events) ids.push(id);
  return ids;
}

describe("missedNotifications", () => {
  test("gives all events oldest first, each once, day by day", async () => {
    const { client, sent, windows } = account([
      { ago: 0.1, payload: payload("new") },
      { ago: 2.4, payload: payload("b") },
      { ago: 2.9, payload: payload("a") },
      { ago: 2.4, payload: payload("b") },
      { ago: 1.5, payload: payload("a") },
      { ago: 1.2, payload: payload("c") },
    ]);
    expect(await idsOf(readMissed(client, options, clock))).toEqual(["a", "b", "c", "new"]);
    expect(windows).toEqual([
      ["2026-03-17T12:00:00.000Z", "2026-03-18T12:00:00.000Z"],
      ["2026-03-18T12:00:00.000Z", "2026-03-19T12:00:00.000Z"],
      ["2026-03-19T12:00:00.000Z", "2026-03-20T12:00:00.000Z"],
      ["2026-03-20T12:00:00.000Z", "2026-03-21T12:00:00.000Z"],
    ]);
    const { pathname, searchParams } = new URL(sent[0]?.url ?? "");
    expect(pathname).toBe("/v1/webhooks/W/deliveries");
    expect([...searchParams.keys()].sort()).toEqual([
      "filter[createdDateGreaterThanOrEqualTo]",
      "filter[createdDateLessThan]",
      "include",
      "limit",
    ]);
  });

  test("orders events of one second by their own time, in any order of the answer", async () => {
    const random = seededRandom(5);
    const stored = Array.from({ length: 50 }, (_, n) => {
      return { ago: 0.01, payload: payload(`${n}`, "any", `2026-03-20T11:00:00.${100 + n}000Z`) };
    });
    const shuffled = stored.toSorted(() => random() - 0.5);
    const { client } = account(shuffled);
    expect(await idsOf(readMissed(client, options, clock))).toEqual(stored.map((_, n) => `${n}`));
  });

  test("adds an id to the store when the next event is asked for, and leaves out what is there", async () => {
    const { client } = account(["a", "b", "c"].map((id, n) => ({ ago: 2 - n / 10, payload: payload(id) })));
    const seen = new Set(["b"]);
    const events = readMissed(client, { ...options, seen }, clock);
    expect((await events.next()).value?.id).toBe("a");
    expect([...seen]).toEqual(["b"]);
    expect((await events.next()).value?.id).toBe("c");
    expect([...seen]).toEqual(["b", "a"]);
    await events.return();
    expect(await idsOf(readMissed(client, { ...options, seen }, clock))).toEqual(["c"]);
    expect([...seen]).toEqual(["b", "a", "c"]);
  });

  test("skips a payload that is not a notification, reports it and loses nothing else", async () => {
    const { client } = account([
      { ago: 2, payload: payload("a") },
      { ago: 1.9, payload: "{" },
      { ago: 1.8, payload: payload("x", "alternativeDistributionPackageVersionCreated") },
      { ago: 1.7 },
      { ago: 1.6, payload: payload("b") },
    ]);
    const reported: unknown[] = [];
    const onUnreadable: MissedNotificationsOptions["onUnreadable"] = ({ delivery, payload, error }) =>
      reported.push([delivery.id, error.name, payload === undefined && error.message]);
    expect(await idsOf(readMissed(client, { ...options, onUnreadable }, clock))).toEqual(["a", "b"]);
    expect(reported).toEqual([
      ["d1", "NotificationBodyError", false],
      ["d2", "NotificationBodyError", false],
      ["d3", "NotificationBodyError", "The body is not JSON in UTF-8"],
    ]);
    expect(await idsOf(readMissed(client, options, clock))).toEqual(["a", "b"]);
  });

  test("refuses a date that Apple does not have any more, before any request", async () => {
    const { client, sent, windows } = account([{ ago: 9.5, payload: payload("a") }]);
    const since = new Date(NOW - 10 * DAY - 1);
    expect(() => readMissed(client, { ...options, since }, clock)).toThrow(RangeError);
    expect(() => missedNotifications(client, { ...options, since: new Date(0) })).toThrow(
      /^since: 1970-01-01T00:00:00.000Z is more than ten days ago/,
    );
    expect(sent).toHaveLength(0);
    expect(await idsOf(readMissed(client, { ...options, since, allowGap: true }, clock))).toEqual(["a"]);
    expect(windows[0]?.[0]).toBe("2026-03-10T12:01:00.000Z");
    // Exactly ten days is more than ten when the request arrives, and Apple would refuse it.
    const limit = new Date(NOW - 10 * DAY);
    for (const allowGap of [false, true]) {
      windows.length = 0;
      expect(await idsOf(readMissed(client, { ...options, since: limit, allowGap }, clock))).toEqual(["a"]);
      expect(windows[0]?.[0]).toBe("2026-03-10T12:01:00.000Z");
    }
  });

  test.each([
    [{ webhookId: "" }, "webhookId: expected an id"],
    [{ since: new Date("no") }, "since: expected a valid Date, got Invalid Date"],
    [{ since: "2026-03-20" }, 'since: expected a valid Date, got "2026-03-20"'],
    [{ seen: {} }, "seen: expected an object with the methods has(id) and add(id)"],
    [{ onUnreadable: 1 }, "onUnreadable: expected a function"],
  ])("refuses %j", (wrong, message) => {
    const { client } = account([]);
    // The cast stands for callers in JavaScript.
    const call = () => readMissed(client, { ...options, ...wrong } as MissedNotificationsOptions, clock);
    expect(call).toThrow(message);
  });

  test("passes on the API's errors and the signal's reason", async () => {
    const { client } = clientOver(() => json(errors(404, "NOT_FOUND"), { status: 404 }));
    expect(await failure(readMissed(client, options, clock).next())).toMatchObject({ status: 404 });
    const reason = new Error("stop");
    const signal = AbortSignal.abort(reason);
    expect(await failure(readMissed(client, { ...options, signal }, clock).next())).toBe(reason);
  });

  test("ends when the signal is aborted between two events of a day, after adding the handled one", async () => {
    const { client } = account(["a", "b"].map((id, n) => ({ ago: 2 - n / 10, payload: payload(id) })));
    const [controller, seen, reason] = [new AbortController(), new Set<string>(), new Error("stop")];
    const events = readMissed(client, { ...options, seen, signal: controller.signal }, clock);
    expect((await events.next()).value?.id).toBe("a");
    controller.abort(reason);
    expect(await failure(events.next())).toBe(reason);
    expect([...seen]).toEqual(["a"]);
  });

  test("loses no delivery of the second in which it starts: Apple's dates may have no fractions", async () => {
    const { client, windows } = account([{ ago: 1, payload: payload("a") }]);
    const since = new Date(NOW - DAY + 999);
    expect(await idsOf(readMissed(client, { ...options, since }, clock))).toEqual(["a"]);
    expect(windows[0]?.[0]).toBe("2026-03-19T12:00:00.000Z");
  });

  test("gives nothing for a time in the future", async () => {
    const { client, sent } = account([]);
    expect(await idsOf(readMissed(client, { ...options, since: new Date(NOW + 1) }, clock))).toEqual([]);
    expect(sent).toHaveLength(0);
  });
});
