import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createClient, TimeoutError } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, resource } from "../support/documents.js";
import { serve } from "../support/server.js";

const status = (code: number, headers: Record<string, string> = {}) =>
  json(errors(code, "X"), { status: code, headers });

describe("time-outs and signals", () => {
  test("end an attempt that gets no response, even if fetch ignores its signal", async () => {
    const { client, clock, sent } = clientOver(() => new Promise(() => {}), { maxRetries: 1 });
    const error = await failure(clock.run(client.versions.get("1", undefined, { timeout: 5 })));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ attempts: 2 });
    expect(String(error)).toContain("no complete response within 5 ms");
    expect(String(sent[0]?.init.signal.reason)).toBe("Error: timed out");
  });

  test("end an attempt whose body stalls, over a real socket", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"data":');
    });
    const client = createClient({ token: "t", baseUrl: url, timeout: 200, maxRetries: 0 });
    expect(await failure(client.versions.get("1"))).toBeInstanceOf(TimeoutError);
  });

  test("do not repeat a POST that timed out", async () => {
    const { client, sent } = clientOver(() => new Promise(() => {}), { timeout: 5 });
    expect(await failure(client.packages.create({ appStoreVersionId: "1" }))).toBeInstanceOf(TimeoutError);
    expect(sent).toHaveLength(1);
  });

  test("reject with the caller's reason at once, before anything is sent", async () => {
    const { client, sent } = clientOver(() => json(resource()));
    const reason = new Error("mine");
    expect(await failure(client.versions.get("1", undefined, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(sent).toHaveLength(0);
  });

  test("reject with the caller's reason during an attempt and during a wait", async () => {
    const during = new AbortController();
    const attempt = clientOver(() => {
      queueMicrotask(() => during.abort("in the attempt"));
      return new Promise(() => {});
    });
    expect(await failure(attempt.client.versions.get("1", undefined, { signal: during.signal }))).toBe(
      "in the attempt",
    );
    expect(attempt.sent[0]?.init.signal.aborted).toBe(true);

    const waiting = new AbortController();
    const wait = clientOver(() => status(503, { "retry-after": "50" }), {
      onAttempt: () => setImmediate(() => waiting.abort("in the wait")),
    });
    expect(await failure(wait.client.versions.get("1", undefined, { signal: waiting.signal }))).toBe(
      "in the wait",
    );
    expect(wait.clock.pending).toBe(0);
  });

  test("use one listener for all calls on a signal", async () => {
    const { signal } = new AbortController();
    const { client, sent } = clientOver(() => new Promise(() => {}));
    for (let i = 0; i < 15; i++) client.versions.get("1", undefined, { signal }).catch(() => {});
    await new Promise(setImmediate);
    expect(sent).toHaveLength(15);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
  });

  test("send nothing after an abort while the token was on its way", async () => {
    const abort = new AbortController();
    const token = async () => {
      abort.abort("enough");
      return "t";
    };
    const { client, sent } = clientOver(() => json(resource()), { token });
    expect(await failure(client.versions.get("1", undefined, { signal: abort.signal }))).toBe("enough");
    expect(sent).toHaveLength(0);
  });

  test("leave no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    const { client, clock } = clientOver((_, n) => (n % 2 === 0 ? status(503) : json(resource())), {
      token: async () => "t",
    });
    for (let i = 0; i < 20; i++) await clock.run(client.versions.get("1", undefined, { signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
