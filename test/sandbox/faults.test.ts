import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/index.js";
import { ask, DOMAINS } from "./fault-support.js";
import { setUp } from "./support.js";

describe("which requests a fault applies to", () => {
  const statuses = async (count: number, api: (path: string) => Promise<Response>) => {
    const all = [];
    for (let index = 0; index < count; index++) all.push((await api(DOMAINS)).status);
    return all;
  };

  test("times and after count the matching requests; faults apply in the order in which they were added", async () => {
    const { sandbox, api, placed } = await ask("fetch", {
      operation: "marketplaceWebhooks_getCollection",
      status: 500,
    });
    sandbox.faults.add({ status: 429, after: 1, times: 2 });
    const second = sandbox.faults.add({ status: 503, times: 1 });
    expect(await statuses(5, api)).toEqual([503, 429, 429, 200, 200]);
    expect(second.hits).toBe(1);
    expect(placed.hits).toBe(0);
    expect((await api("/v1/marketplaceWebhooks")).status).toBe(500);
    expect(placed.hits).toBe(1);
    placed.remove();
    expect((await api("/v1/marketplaceWebhooks")).status).toBe(200);
  });

  test("until faults are cleared, unless times says otherwise", async () => {
    const { sandbox, api } = await ask("fetch", { status: 500 });
    expect(await statuses(3, api)).toEqual([500, 500, 500]);
    sandbox.faults.clear();
    expect(await statuses(1, api)).toEqual([200]);
  });

  test("by the API or the CDN, or by path", async () => {
    const { sandbox, api, cdn, variantIds } = await ask("fetch", { on: "cdn", status: 500 });
    expect([(await api(DOMAINS)).status, (await cdn()).status]).toEqual([200, 500]);
    sandbox.faults.clear();
    sandbox.faults.add({ path: String(variantIds[1]), status: 500 });
    expect((await cdn()).status).toBe(200);
    sandbox.faults.add({ path: /^\/cdn\/.*Variants/, status: 502 });
    expect((await cdn()).status).toBe(502);
  });

  test("with a probability, drawn from the seed", async () => {
    const draw = async () => {
      const { api } = await ask("fetch", { status: 500, probability: 0.3 });
      return statuses(100, api);
    };
    const first = await draw();
    expect(await draw()).toEqual(first);
    const hits = first.filter((status) => status === 500).length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(45);
  });

  test("a fault that only delays is combined with the next one", async () => {
    const { sandbox, api, placed } = await ask("fetch", { delay: 1 });
    sandbox.faults.add({ status: 500, times: 1 });
    expect(await statuses(2, api)).toEqual([500, 200]);
    expect(placed.hits).toBe(2);
  });

  test("is marked in the log", async () => {
    const { sandbox, api } = await ask("fetch", { status: 500, times: 1 });
    await statuses(2, api);
    expect(sandbox.requests.slice(-2).map(({ faulted }) => faulted)).toEqual([true, false]);
  });
});

describe("a fault that could never have an effect", () => {
  test.each([
    [{ operations: "x" }, /^fault: expected only the keys operation, on, path, .*, got "operations"$/],
    [{ operation: "packages.get" }, /^operation: expected Apple's operationId.*, got "packages\.get"$/],
    [{ on: "cloud" }, /^on: expected "api" or "cdn", got "cloud"$/],
    [{ status: "503" }, /^status: expected a whole number from 200 to 599, got "503"$/],
    [{ times: -1 }, /^times: expected a number from 0 to Infinity, got -1$/],
    [{ probability: 30 }, /^probability: expected a number from 0 to 1, got 30$/],
    [{ delay: "1s" }, /^delay: expected a number from 0 to \d+ \(ms\), got "1s"$/],
    [{ reset: "after-body" }, /^reset: expected "refused" or "before-headers" or "mid-body", got/],
    [{ wrongLength: "7" }, /^wrongLength: expected a whole number of bytes, or true, got "7"$/],
    [{ path: 5 }, /^path: expected a string or a regular expression, got 5$/],
    [{ code: "X" }, /^code: expected a status of 400 or more beside it, got undefined$/],
    [{ code: "X", status: 200 }, /^code: expected a status of 400 or more beside it, got 200$/],
    [{ at: 5, truncate: false }, /^at: expected corrupt, truncate, reset or stall beside it, got 5 alone$/],
  ])("%j is rejected, naming what is wrong", async (fault, message) => {
    const { sandbox } = await setUp();
    // What a JavaScript caller can pass.
    expect(() => sandbox.faults.add(fault as Fault)).toThrow(message);
    expect(() => sandbox.faults.add(fault as Fault)).toThrow(TypeError);
  });
});
