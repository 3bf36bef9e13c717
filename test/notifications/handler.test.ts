import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createNotificationHandler } from "../../src/notifications/index.js";
import { ping, versionCreated } from "./samples.js";
import { gate, post, secret, setUp, sign, until } from "./support.js";

const body = JSON.stringify(versionCreated);
const url = "https://marketplace.example/notifications";

describe("the handler answers", () => {
  test("200 after onEvent was called with the event", async () => {
    const { handler, onEvent } = setUp();
    expect((await handler(post(body))).status).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
    expect(onEvent.mock.calls[0]?.[0]).toMatchObject({
      type: versionCreated.data.type,
      id: versionCreated.data.id,
    });
  });

  test("200 only after onEvent has resolved", async () => {
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

  test("200 to an unknown type, after onEvent", async () => {
    const { handler, onEvent } = setUp();
    expect((await handler(post(JSON.stringify(ping)))).status).toBe(200);
    expect(onEvent.mock.calls[0]?.[0].type).toBe("webhookPingCreated");
  });

  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "405 to %s, with an Allow header",
    async (method) => {
      const { handler, onEvent } = setUp();
      const response = await handler(
        new Request(url, { method, headers: { "x-apple-signature": sign("") } }),
      );
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(onEvent).not.toHaveBeenCalled();
    },
  );

  test.each([
    ["a missing signature", new Request(url, { method: "POST", body })],
    ["a missing body", new Request(url, { method: "POST" })],
    ["a signature of another secret", post(body, { "x-apple-signature": sign(body, "another") })],
    ["a signature of another body", post(body, { "x-apple-signature": sign(`${body} `) })],
    ["a signature without its prefix", post(body, { "x-apple-signature": sign(body).slice(11) })],
    ["a wrong signature of a body that is not JSON", post("{", { "x-apple-signature": sign("}") })],
  ])("401 to %s", async (_, request) => {
    const { handler, onEvent } = setUp();
    expect((await handler(request)).status).toBe(401);
    expect(onEvent).not.toHaveBeenCalled();
  });

  test.each(["", "Hello, World!", "{}", '{"data":null}', '{"data":{"type":"AppUnavailable","id":"1"}}'])(
    "400 to %j, although it is signed",
    async (text) => {
      const { handler, onEvent } = setUp();
      expect((await handler(post(text))).status).toBe(400);
      expect(onEvent).not.toHaveBeenCalled();
    },
  );

  test("400 if the body ends early", async () => {
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
    ["rejects with undefined", () => Promise.reject(undefined)],
  ])("500 if onEvent %s, without the reason", async (_, fail) => {
    const { handler, onEvent } = setUp();
    onEvent.mockImplementation(fail);
    const response = await handler(post(body));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("queue is down");
  });

  test("200 with any of several secrets", async () => {
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

  test("is 1 MiB by default: one byte more is a 413, although it is signed", async () => {
    const { handler } = setUp();
    expect((await handler(post(padded(1_048_576)))).status).toBe(200);
    expect((await handler(post(padded(1_048_577)))).status).toBe(413);
  });

  test("is compared with content-length, without reading the body", async () => {
    const { handler } = setUp({ maxBytes: 100 });
    const request = streamed(() => new Uint8Array(10), { "content-length": "101" });
    expect((await handler(request)).status).toBe(413);
    expect([request.bodyUsed, request.body?.locked]).toEqual([false, false]);
  });

  test("is compared with the bytes received if content-length is missing or too small", async () => {
    for (const headers of [{}, { "content-length": "5" }, { "content-length": "many" }]) {
      const { handler } = setUp({ maxBytes: 1000 });
      let sent = 0;
      const endless = streamed(() => {
        sent += 100;
        return new Uint8Array(100);
      }, headers);
      expect((await handler(endless)).status).toBe(413);
      expect(sent).toBeLessThanOrEqual(1200); // the chunk that exceeds the limit, and one that the stream has buffered
    }
  });

  test("a body may arrive in many chunks", async () => {
    const { handler, onEvent } = setUp();
    const bytes = new TextEncoder().encode(body);
    let offset = 0;
    const request = streamed(() => (offset < bytes.length ? bytes.slice(offset, ++offset) : undefined), {
      "x-apple-signature": sign(body),
    });
    expect((await handler(request)).status).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  /** A POST whose body is the chunks that `next` returns, until it returns `undefined`. */
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

describe("wrong use is a TypeError", () => {
  test.each([
    ["secret", { secret: "" }],
    ["secret", { secret: [] }],
    ["onEvent", { onEvent: undefined }],
    ["maxBytes", { maxBytes: 0 }],
    ["maxBytes", { maxBytes: Number.NaN }],
    ["maxBytes", { maxBytes: 1.5 }],
    ["seen", { seen: { has: () => false } }],
    ["seen", { seen: null }],
    ["seen", { seen: { options: { password: "the password" } } }],
  ])("%s: %j", (name, wrong) => {
    const options = { secret, onEvent: () => {}, ...wrong };
    // @ts-expect-error TypeScript refuses most of these too
    const create = () => createNotificationHandler(options);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(`${name}: expected `);
    expect(create).not.toThrow("the password");
  });

  test("if the body was read before", async () => {
    const { handler } = setUp();
    const read = post(body);
    await read.json();
    await expect(handler(read)).rejects.toThrow(/before any body parser/);
    const locked = post(body);
    locked.body?.getReader();
    await expect(handler(locked)).rejects.toThrow(/before any body parser/);
    // Not every runtime gives a request a signal.
    const noSignal = Object.defineProperty(post(body), "signal", { value: undefined });
    await noSignal.text();
    await expect(handler(noSignal)).rejects.toThrow(/before any body parser/);
  });
});

test("a later change of the list of secrets has no effect", async () => {
  const secrets = [secret];
  const handler = createNotificationHandler({ secret: secrets, onEvent: () => {} });
  secrets[0] = "another";
  expect((await handler(post(body))).status).toBe(200);
});

test("neither the handler nor a response shows the secret", async () => {
  const { handler } = setUp();
  expect(inspect(handler, { depth: null, showHidden: true })).not.toContain(secret);
  for (const signature of [sign(body, "another"), "hmacsha256=00"]) {
    const response = await handler(post(body, { "x-apple-signature": signature }));
    const answer = inspect([...response.headers]) + (await response.text());
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain(sign(body).slice(11));
  }
});
