import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createNotificationHandler,
  type NotificationEvent,
  type SeenStore,
} from "../../src/notifications/index.js";
import { appUnavailable, ping, versionCreated } from "./samples.js";
import { gate, post, secret, sign, until } from "./support.js";

const body = JSON.stringify(versionCreated);
const url = "https://marketplace.example/notifications";

/** A handler, the events it gave to onEvent, and onEvent itself to make it fail. */
function setUp(options: { seen?: SeenStore; maxBytes?: number } = {}) {
  const onEvent = vi.fn((_event: NotificationEvent): unknown => undefined);
  return { onEvent, handler: createNotificationHandler({ secret, onEvent, ...options }) };
}

describe("answers", () => {
  test("200 once onEvent has the event", async () => {
    const { handler, onEvent } = setUp();
    expect((await handler(post(body))).status).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
    expect(onEvent.mock.calls[0]?.[0]).toMatchObject({
      type: versionCreated.data.type,
      id: versionCreated.data.id,
    });
  });

  test("200 not before onEvent has resolved", async () => {
    const { handler, onEvent } = setUp();
    const queued = gate();
    onEvent.mockReturnValue(queued.promise);
    let answered = false;
    const answer = handler(post(body)).finally(() => {
      answered = true;
    });
    await until(() => onEvent.mock.calls.length > 0);
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    queued.open();
    expect((await answer).status).toBe(200);
  });

  test("200 to types it does not know, which reach onEvent too", async () => {
    const { handler, onEvent } = setUp();
    expect((await handler(post(JSON.stringify(ping)))).status).toBe(200);
    expect(onEvent.mock.calls[0]?.[0].type).toBe("webhookPingCreated");
  });

  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])("405 to %s, with allow", async (method) => {
    const { handler, onEvent } = setUp();
    const response = await handler(new Request(url, { method, headers: { "x-apple-signature": sign("") } }));
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(onEvent).not.toHaveBeenCalled();
  });

  test.each([
    ["a missing signature", new Request(url, { method: "POST", body })],
    ["a missing body", new Request(url, { method: "POST" })],
    ["a signature of another secret", post(body, { "x-apple-signature": sign(body, "another") })],
    ["a signature of another body", post(body, { "x-apple-signature": sign(`${body} `) })],
    ["a signature without its prefix", post(body, { "x-apple-signature": sign(body).slice(11) })],
    ["a wrong signature of what is no JSON either", post("{", { "x-apple-signature": sign("}") })],
  ])("401 to %s", async (_, request) => {
    const { handler, onEvent } = setUp();
    expect((await handler(request)).status).toBe(401);
    expect(onEvent).not.toHaveBeenCalled();
  });

  test.each(["", "Hello, World!", "{}", '{"data":null}', '{"data":{"type":"AppUnavailable","id":"1"}}'])(
    "400 to %j, though signed",
    async (text) => {
      const { handler, onEvent } = setUp();
      expect((await handler(post(text))).status).toBe(400);
      expect(onEvent).not.toHaveBeenCalled();
    },
  );

  test("400 when the body breaks off", async () => {
    const { handler } = setUp();
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("connection reset"));
      },
    });
    const request = new Request(url, { method: "POST", body: broken, duplex: "half" } as RequestInit);
    expect((await handler(request)).status).toBe(400);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("queue is down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("queue is down"))],
    ["throws nothing at all", () => Promise.reject(undefined)],
  ])("500 when onEvent %s, and says nothing of why", async (_, fail) => {
    const { handler, onEvent } = setUp();
    onEvent.mockImplementation(fail);
    const response = await handler(post(body));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("queue is down");
  });

  test("with any of several secrets", async () => {
    const handler = createNotificationHandler({ secret: ["next", secret], onEvent: () => {} });
    expect((await handler(post(body))).status).toBe(200);
    expect((await handler(post(body, { "x-apple-signature": sign(body, "next") }))).status).toBe(200);
    expect((await handler(post(body, { "x-apple-signature": sign(body, "last") }))).status).toBe(401);
  });
});

describe("maxBytes", () => {
  const padded = (bytes: number) => {
    const frame = JSON.stringify({ data: { type: "new", id: "1", pad: "" } });
    return frame.replace('"pad":""', `"pad":"${"x".repeat(bytes - frame.length)}"`);
  };

  test("is 1 MiB: one byte more is a 413, though signed", async () => {
    const { handler } = setUp();
    expect((await handler(post(padded(1_048_576)))).status).toBe(200);
    expect((await handler(post(padded(1_048_577)))).status).toBe(413);
  });

  test("goes by content-length, without reading", async () => {
    const { handler } = setUp({ maxBytes: 100 });
    const request = streamed(() => new Uint8Array(10), { "content-length": "101" });
    expect((await handler(request)).status).toBe(413);
    expect([request.bodyUsed, request.body?.locked]).toEqual([false, false]);
  });

  test("counts what arrives when content-length says nothing, or less", async () => {
    for (const headers of [{}, { "content-length": "5" }, { "content-length": "many" }]) {
      const { handler } = setUp({ maxBytes: 1000 });
      let sent = 0;
      const endless = streamed(() => {
        sent += 100;
        return new Uint8Array(100);
      }, headers);
      expect((await handler(endless)).status).toBe(413);
      expect(sent).toBeLessThanOrEqual(1200); // the chunk too many, and one the stream has ready
    }
  });

  test("takes a body in many pieces", async () => {
    const { handler, onEvent } = setUp();
    const bytes = new TextEncoder().encode(body);
    let offset = 0;
    const request = streamed(() => (offset < bytes.length ? bytes.slice(offset, ++offset) : undefined), {
      "x-apple-signature": sign(body),
    });
    expect((await handler(request)).status).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  /** A POST whose body is what `next` gives, until it gives nothing. */
  function streamed(next: () => Uint8Array | undefined, headers: Record<string, string>): Request {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = next();
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    });
    return new Request(url, { method: "POST", headers, body: stream, duplex: "half" } as RequestInit);
  }
});

describe("duplicates", () => {
  test("are answered 200 without another onEvent", async () => {
    const { handler, onEvent } = setUp();
    for (let delivery = 0; delivery < 3; delivery++) {
      expect((await handler(post(body))).status).toBe(200);
    }
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("are told by id, not by type or text", async () => {
    const { handler, onEvent } = setUp();
    await handler(post(body));
    await handler(post(`${body} `));
    expect(onEvent).toHaveBeenCalledTimes(1);
    await handler(post(JSON.stringify({ data: { ...versionCreated.data, id: "another" } })));
    expect(onEvent).toHaveBeenCalledTimes(2);
  });

  test("of what failed are no duplicates: onEvent runs again", async () => {
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

  test("of one id do not hold up another", async () => {
    const { handler, onEvent } = setUp();
    const queued = gate();
    onEvent.mockReturnValueOnce(queued.promise);
    const slow = handler(post(body));
    await until(() => onEvent.mock.calls.length > 0);
    expect((await handler(post(JSON.stringify(appUnavailable)))).status).toBe(200);
    queued.open();
    expect((await slow).status).toBe(200);
  });

  test("do not pile up in memory: the default store forgets the oldest beyond 10 000", async () => {
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

describe("the seen store", () => {
  /** A store that writes down what happens, with onEvent's part in it. */
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

  test("is asked before onEvent and told after it", async () => {
    const { handler, log } = recorded();
    await handler(post(body));
    await handler(post(body));
    expect(log).toEqual(["has", "onEvent", "add", "has"]);
  });

  test("is not asked before the signature holds, nor about what is no notification", async () => {
    const { handler, log } = recorded();
    await handler(post(body, { "x-apple-signature": sign(body, "another") }));
    await handler(post("{}"));
    expect(log).toEqual([]);
  });

  test("is not told of what failed", async () => {
    const { handler, onEvent, log } = recorded();
    onEvent.mockRejectedValueOnce(new Error("queue is down"));
    await handler(post(body));
    expect(log).toEqual(["has"]);
  });

  test("makes a 500 without onEvent when it cannot be asked", async () => {
    const { handler, onEvent } = recorded({ has: () => Promise.reject(new Error("no connection")) });
    expect((await handler(post(body))).status).toBe(500);
    expect(onEvent).not.toHaveBeenCalled();
  });

  test("makes a 500 when it cannot be told", async () => {
    const { handler, onEvent } = recorded({ add: () => Promise.reject(new Error("no connection")) });
    expect((await handler(post(body))).status).toBe(500);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("may throw at once, and the next delivery starts anew", async () => {
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

describe("mistakes in the code around it are TypeErrors", () => {
  test.each([
    ["secret", { secret: "" }],
    ["secret", { secret: [] }],
    ["onEvent", { onEvent: undefined }],
    ["maxBytes", { maxBytes: 0 }],
    ["maxBytes", { maxBytes: Number.NaN }],
    ["maxBytes", { maxBytes: 1.5 }],
    ["seen", { seen: { has: () => false } }],
  ])("%s: %j", (name, wrong) => {
    const options = { secret, onEvent: () => {}, ...wrong };
    // @ts-expect-error most of these are wrong to TypeScript too
    const create = () => createNotificationHandler(options);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(`"${name}"`);
  });

  test("a body that was read before", async () => {
    const { handler } = setUp();
    const read = post(body);
    await read.json();
    await expect(handler(read)).rejects.toThrow(/before any body parser/);
    const locked = post(body);
    locked.body?.getReader();
    await expect(handler(locked)).rejects.toThrow(/before any body parser/);
  });
});

test("a list of secrets that changes later changes nothing", async () => {
  const secrets = [secret];
  const handler = createNotificationHandler({ secret: secrets, onEvent: () => {} });
  secrets[0] = "another";
  expect((await handler(post(body))).status).toBe(200);
});

test("neither the handler nor an answer shows the secret", async () => {
  const { handler } = setUp();
  expect(inspect(handler, { depth: null, showHidden: true })).not.toContain(secret);
  for (const signature of [sign(body, "another"), "hmacsha256=00"]) {
    const response = await handler(post(body, { "x-apple-signature": signature }));
    const answer = inspect([...response.headers]) + (await response.text());
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain(sign(body).slice(11));
  }
});
