import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { TimeoutError } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, page } from "../support/documents.js";

const none = () => json(page([]));

describe("packages.waitForCurrentVersion", () => {
  test("asks every 30 s until there is a version", async () => {
    const { client, sent, clock } = clientOver((_, n) => (n < 3 ? none() : json(page(["V1"]))));
    const begin = clock.time;
    const version = await clock.run(client.packages.waitForCurrentVersion("P"));
    expect(version.id).toBe("V1");
    expect(sent).toHaveLength(4);
    expect(clock.time - begin).toBe(90_000);
    expect(clock.pending).toBe(0);
  });

  test("waits for a newer version than a known one", async () => {
    const { client, sent, clock } = clientOver((_, n) => json(page([n < 2 ? "V1" : "V2"])));
    const version = await clock.run(
      client.packages.waitForCurrentVersion("P", { after: "V1", pollInterval: 1000 }),
    );
    expect(version.id).toBe("V2");
    expect(sent).toHaveLength(3);
  });

  test("ends with a TimeoutError that says what it last saw", async () => {
    const { client, clock } = clientOver(() => json(page(["V1"])));
    const begin = clock.time;
    const error = await failure(
      clock.run(
        client.packages.waitForCurrentVersion("P", { after: "V1", pollInterval: 10_000, timeout: 25_000 }),
      ),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ lastSeen: { id: "V1" }, attempts: 3, method: "GET" });
    expect(String(error)).toContain(
      "no version newer than V1 of package P within 25 s; last seen: version V1",
    );
    expect(clock.time - begin).toBe(25_000);
    expect(clock.pending).toBe(0);
  });

  test("shows no signed URL in lastSeen", async () => {
    const version = {
      type: "v",
      id: "V1",
      attributes: { state: "COMPLETED", url: "https://cdn/x?accessKey=SIGNED" },
    };
    const { client, clock } = clientOver(() => json({ data: [version], links: {} }));
    const error = await failure(
      clock.run(client.packages.waitForCurrentVersion("P", { after: "V1", timeout: 50 })),
    );
    expect(error).toMatchObject({ lastSeen: { id: "V1", attributes: { state: "COMPLETED" } } });
    expect(JSON.stringify(error)).not.toContain("SIGNED");
  });

  test("does not end early because of an absurd Retry-After", async () => {
    const { client, sent, clock } = clientOver(() =>
      json(errors(429, "RATE_LIMIT_EXCEEDED"), { status: 429, headers: { "retry-after": "9999999999" } }),
    );
    await failure(clock.run(client.packages.waitForCurrentVersion("P")));
    expect(sent).toHaveLength(1);
  });

  test("ends in time even if a request hangs", async () => {
    const { client, clock } = clientOver(() => new Promise(() => {}));
    const error = await failure(clock.run(client.packages.waitForCurrentVersion("P", { timeout: 5000 })));
    expect(error).toMatchObject({ name: "TimeoutError", lastSeen: undefined });
    expect(String(error)).toContain("last seen: none (1 requests)");
  });

  test("continues after temporary failures, and keeps the last one as cause", async () => {
    const { client, clock } = clientOver((_, n) =>
      n < 8 ? json(errors(503, "UNEXPECTED_ERROR"), { status: 503 }) : json(page(["V1"])),
    );
    expect((await clock.run(client.packages.waitForCurrentVersion("P"))).id).toBe("V1");
    const broken = clientOver(() => json(errors(503, "UNEXPECTED_ERROR"), { status: 503 }));
    const error = await failure(
      broken.clock.run(broken.client.packages.waitForCurrentVersion("P", { timeout: 90_000 })),
    );
    expect(error).toMatchObject({ name: "TimeoutError", cause: { name: "ServerError" } });
  });

  test("waits as long as the API asks when the hour is used up", async () => {
    const used = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;", "retry-after": "900" };
    const { client, sent, clock } = clientOver((_, n) =>
      n === 0 ? json(errors(429, "RATE_LIMIT_EXCEEDED"), { status: 429, headers: used }) : json(page(["V1"])),
    );
    const begin = clock.time;
    await clock.run(client.packages.waitForCurrentVersion("P"));
    expect(clock.time - begin).toBe(900_000);
    expect(sent).toHaveLength(2);
  });

  test("continues after a single 401 once a request has succeeded, and ends at two in a row", async () => {
    const refused = () => json(errors(401, "NOT_AUTHORIZED"), { status: 401 });
    const { client, clock } = clientOver((_, n) => (n === 1 ? refused() : json(page(n < 2 ? [] : ["V1"]))));
    expect((await clock.run(client.packages.waitForCurrentVersion("P"))).id).toBe("V1");
    const revoked = clientOver((_, n) => (n === 0 ? json(page([])) : refused()));
    const error = await failure(revoked.clock.run(revoked.client.packages.waitForCurrentVersion("P")));
    expect(error).toMatchObject({ name: "AuthenticationError" });
    expect(revoked.sent).toHaveLength(3);
  });

  test("ends at once on a permanent error", async () => {
    const { client, sent } = clientOver(() => json(errors(404, "NOT_FOUND"), { status: 404 }));
    expect(await failure(client.packages.waitForCurrentVersion("P"))).toMatchObject({
      name: "NotFoundError",
    });
    expect(sent).toHaveLength(1);
  });

  test("ends with the signal's reason, leaving no listener and no timer", async () => {
    const abort = new AbortController();
    const { client, clock } = clientOver((_, n) => {
      if (n === 1) setImmediate(() => abort.abort("enough"));
      return none();
    });
    const wait = client.packages.waitForCurrentVersion("P", { signal: abort.signal, pollInterval: 1 });
    expect(await failure(clock.run(wait))).toBe("enough");
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
    await clock.run(Promise.resolve());
    expect(clock.pending).toBe(0);
    expect(
      await failure(client.packages.waitForCurrentVersion("P", { signal: AbortSignal.abort("before") })),
    ).toBe("before");
  });

  test.each([{ pollInterval: 0 }, { timeout: -1 }, { timeout: Number.POSITIVE_INFINITY }])(
    "checks %j",
    async (options) => {
      const { client } = clientOver(none);
      expect(await failure(client.packages.waitForCurrentVersion("P", options))).toBeInstanceOf(TypeError);
    },
  );

  test("names a signal that is none", async () => {
    const { client } = clientOver(none);
    // The cast stands for a caller in JavaScript.
    const signal = new AbortController() as unknown as AbortSignal;
    expect(await failure(client.packages.waitForCurrentVersion("P", { signal }))).toMatchObject({
      message: "signal: expected an AbortSignal, got object",
    });
  });
});
