import { describe, expect, test } from "vitest";
import type { AttemptEvent } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, resource } from "../support/documents.js";

const status = (code: number, headers: Record<string, string> = {}) =>
  json(errors(code, "X"), { status: code, headers });

function networkError(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(`${code} 127.0.0.1`), { code }) });
}

describe("onAttempt", () => {
  test("is told of each attempt", async () => {
    const events: AttemptEvent[] = [];
    const { client, clock } = clientOver(
      (_, n) => {
        clock.time += 40;
        if (n === 0) throw networkError("ECONNRESET");
        return n === 1 ? status(429, { "retry-after": "2", "x-request-id": "R2" }) : json(resource());
      },
      { onAttempt: (event) => events.push(event) },
    );
    await clock.run(
      client.versions
        .listVariants("a b")
        .pages()
        .next()
        .catch(() => {}),
    );
    const call = {
      operation: "alternativeDistributionPackageVersions_variants_getToManyRelated",
      method: "GET",
      path: "/v1/alternativeDistributionPackageVersions/a%20b/variants",
      durationMs: 40,
    };
    expect(events).toEqual([
      { ...call, attempt: 1, error: "fetch failed: ECONNRESET 127.0.0.1", retryInMs: expect.any(Number) },
      { ...call, attempt: 2, status: 429, requestId: "R2", retryInMs: 2000 },
      { ...call, attempt: 3, status: 200 },
    ]);
  });

  test("is told of an attempt that timed out", async () => {
    const events: AttemptEvent[] = [];
    const { client, clock } = clientOver(() => new Promise(() => {}), {
      timeout: 5,
      maxRetries: 1,
      onAttempt: (event) => events.push(event),
    });
    await failure(clock.run(client.versions.get("1")));
    expect(events).toMatchObject([
      { error: "timed out", retryInMs: expect.any(Number) },
      { error: "timed out" },
    ]);
  });

  test("is told a duration that does not depend on the system's clock, which may be set", async () => {
    const events: AttemptEvent[] = [];
    const { client, clock } = clientOver(
      () => {
        clock.now = () => Date.parse("2020-01-01T00:00:00Z");
        clock.time += 40;
        return json(resource());
      },
      { onAttempt: (event) => events.push(event) },
    );
    await clock.run(client.versions.get("1"));
    expect(events).toMatchObject([{ durationMs: 40 }]);
  });

  test("cannot break the call it observes", async () => {
    const broken = [
      () => {
        throw new Error("metrics are down");
      },
      // An unhandled rejection would fail the test run.
      () => Promise.reject(new Error("metrics are down")),
    ];
    for (const onAttempt of broken) {
      const { client } = clientOver(() => json(resource()), { onAttempt });
      await expect(client.versions.get("1")).resolves.toBeTruthy();
    }
  });
});
