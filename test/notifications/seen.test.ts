import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { SeenStore } from "../../src/notifications/index.js";
import { createMemorySeenStore } from "../../src/notifications/seen.js";
import { thorough } from "../support/thorough.js";
import { appUnavailable, versionCreated } from "./samples.js";
import { gate, post, setUp, sign, until } from "./support.js";

const body = JSON.stringify(versionCreated);

describe("duplicates", () => {
  test("are answered 200 without another onEvent", async () => {
    const { handler, onEvent } = setUp();
    for (let delivery = 0; delivery < 3; delivery++) {
      expect((await handler(post(body))).status).toBe(200);
    }
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("are recognized by id, not by type or body", async () => {
    const { handler, onEvent } = setUp();
    await handler(post(body));
    await handler(post(`${body} `));
    expect(onEvent).toHaveBeenCalledTimes(1);
    await handler(post(JSON.stringify({ data: { ...versionCreated.data, id: "another" } })));
    expect(onEvent).toHaveBeenCalledTimes(2);
  });

  test("of a failed event run onEvent again", async () => {
    const { handler, onEvent } = setUp();
    onEvent.mockRejectedValueOnce(new Error("queue is down"));
    expect((await handler(post(body))).status).toBe(500);
    expect((await handler(post(body))).status).toBe(200);
    expect((await handler(post(body))).status).toBe(200);
    expect(onEvent).toHaveBeenCalledTimes(2);
  });

  test.each([
    ["success", 200],
    ["failure", 500],
  ])("that overlap run onEvent once and share its %s", async (_, status) => {
    const { handler, onEvent } = setUp();
    const queued = gate();
    onEvent.mockReturnValue(queued.promise);
    const verify = vi.spyOn(crypto.subtle, "verify");
    onTestFinished(() => verify.mockRestore());
    const deliveries = Array.from({ length: 5 }, () => handler(post(body)));
    await until(() => verify.mock.settledResults.filter(({ type }) => type === "fulfilled").length === 5);
    await new Promise(setImmediate);
    if (status === 200) queued.open();
    else queued.fail(new Error("queue is down"));
    const statuses = (await Promise.all(deliveries)).map((response) => response.status);
    expect(statuses).toEqual(Array(5).fill(status));
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("of one id do not delay another id", async () => {
    const { handler, onEvent } = setUp();
    const queued = gate();
    onEvent.mockReturnValueOnce(queued.promise);
    const slow = handler(post(body));
    await until(() => onEvent.mock.calls.length > 0);
    expect((await handler(post(JSON.stringify(appUnavailable)))).status).toBe(200);
    queued.open();
    expect((await slow).status).toBe(200);
  });

  // 10,000 signed requests take seconds; the default run tests only the store, below.
  test.runIf(thorough)("are known for the last 10,000 ids", async () => {
    const { handler, onEvent } = setUp();
    const send = (id: number) => handler(post(JSON.stringify({ data: { type: "new", id: `${id}` } })));
    for (let id = 0; id < 10_000; id++) await send(id);
    await send(0);
    expect(onEvent).toHaveBeenCalledTimes(10_000);
    await send(10_000);
    await send(0);
    expect(onEvent).toHaveBeenCalledTimes(10_002);
    await send(10_000);
    expect(onEvent).toHaveBeenCalledTimes(10_002);
  });
});

test("the default store keeps the last 10,000 ids and forgets the oldest first", () => {
  const store = createMemorySeenStore();
  for (let id = 0; id < 10_000; id++) store.add(`${id}`);
  expect(store.has("0")).toBe(true);
  store.add("10000");
  expect([store.has("0"), store.has("1"), store.has("10000")]).toEqual([false, true, true]);
  store.add("1");
  store.add("10001");
  expect([store.has("1"), store.has("2")]).toEqual([false, true]);
});

describe("the seen store", () => {
  /** A handler with a store that logs its calls, and those of `onEvent`. */
  function recorded(options: { has?: () => unknown; add?: () => unknown } = {}) {
    const log: string[] = [];
    const ids = new Set<string>();
    const seen: SeenStore = {
      async has(id) {
        log.push("has");
        await options.has?.();
        return ids.has(id);
      },
      async add(id) {
        log.push("add");
        await options.add?.();
        ids.add(id);
      },
    };
    const { handler, onEvent } = setUp({ seen });
    onEvent.mockImplementation(() => log.push("onEvent"));
    return { handler, onEvent, log };
  }

  test("is read before onEvent and written after it", async () => {
    const { handler, log } = recorded();
    await handler(post(body));
    await handler(post(body));
    expect(log).toEqual(["has", "onEvent", "add", "has"]);
  });

  test("is not read if the signature is wrong or the body is not a notification", async () => {
    const { handler, log } = recorded();
    await handler(post(body, { "x-apple-signature": sign(body, "another") }));
    await handler(post("{}"));
    expect(log).toEqual([]);
  });

  test("is not written if onEvent failed", async () => {
    const { handler, onEvent, log } = recorded();
    onEvent.mockRejectedValueOnce(new Error("queue is down"));
    await handler(post(body));
    expect(log).toEqual(["has"]);
  });

  test("makes a 500 without onEvent if it cannot be read", async () => {
    const { handler, onEvent } = recorded({ has: () => Promise.reject(new Error("no connection")) });
    expect((await handler(post(body))).status).toBe(500);
    expect(onEvent).not.toHaveBeenCalled();
  });

  test("makes a 500 if it cannot be written", async () => {
    const { handler, onEvent } = recorded({ add: () => Promise.reject(new Error("no connection")) });
    expect((await handler(post(body))).status).toBe(500);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("may throw synchronously, and the next delivery starts again", async () => {
    let failures = 1;
    const { handler, onEvent } = setUp({
      seen: {
        has() {
          if (failures-- > 0) throw new Error("no connection");
          return false;
        },
        add() {},
      },
    });
    expect((await handler(post(body))).status).toBe(500);
    expect((await handler(post(body))).status).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("may be a Set, shared by two handlers", async () => {
    const seen = new Set<string>();
    const [first, second] = [setUp({ seen }), setUp({ seen })];
    await first.handler(post(body));
    await second.handler(post(body));
    expect(seen).toEqual(new Set([versionCreated.data.id]));
    expect(second.onEvent).not.toHaveBeenCalled();
  });
});
