import { describe, expect, test } from "vitest";
import { type ClientOptions, createClient } from "../src/index.js";
import { newKey } from "./support/keys.js";

const { privateKey } = newKey();
const key = { keyId: "K", issuerId: "I", privateKey };

describe("createClient", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ keyId: "" }, "keyId: expected"],
    [{ keyId: undefined }, "keyId: expected"],
    [{ issuerId: "" }, "issuerId: expected"],
    [{ privateKey: undefined }, "privateKey: expected"],
    [{ tokenLifetime: 1201 }, "tokenLifetime: expected a whole number from 1 to 1200 (s), got 1201"],
    [{ tokenLifetime: 0 }, "tokenLifetime: expected"],
    [{ tokenLifetime: "900" }, "tokenLifetime: expected"],
    [{ scope: "GET /v1/apps" }, "scope: expected"],
    [{ scope: ["/v1/apps"] }, "scope: expected"],
    [{ baseUrl: "api.example" }, "baseUrl: expected"],
    [{ baseUrl: "ftp://api.example" }, "baseUrl: expected"],
    [{ baseUrl: "https://user:pass@api.example" }, "baseUrl: expected"],
    [{ baseUrl: "https://api.example?x=1" }, "baseUrl: expected"],
    [{ fetch: {} }, "fetch: expected a function"],
    [{ timeout: 0 }, "timeout: expected a number from 1 to 2147483647 (ms)"],
    [{ timeout: "1000" }, "timeout: expected"],
    [{ timeout: Number.POSITIVE_INFINITY }, "timeout: expected"],
    [{ maxRetries: -1 }, "maxRetries: expected a whole number from 0 to 100"],
    [{ maxRetryWait: -1 }, "maxRetryWait: expected"],
    [{ userAgent: "a\nb" }, "userAgent: expected"],
    [{ onAttempt: 1 }, "onAttempt: expected a function"],
    [{ token: "t" }, "token: expected either a token or an API key"],
  ])("refuses %j, naming the option", (options, message) => {
    const create = () => createClient({ ...key, ...options } as ClientOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  test.each<[unknown, string]>([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [new Date(Number.NaN), "Invalid Date"],
    [5n, "5n"],
    [circular, "object"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [["5"], '["5"]'],
  ])("says what it got for a number: case %#", (timeout, got) => {
    const create = () => createClient({ ...key, timeout } as ClientOptions);
    expect(create).toThrow(`timeout: expected a number from 1 to 2147483647 (ms), got ${got}`);
  });

  test.each([
    "https://user:hidden@api.example",
    "https://user:hid#den@api.example",
    "https://user:hidden@api.example:99999",
    "https//user:hidden@api.example",
    "https://[?token=hidden",
    new URL("https://user:hidden@api.example"),
  ])("shows no password and no query of a wrong baseUrl: %s", (baseUrl) => {
    const create = () => createClient({ ...key, baseUrl } as ClientOptions);
    expect(create).toThrow(/^baseUrl: expected [\w (),]+, got (one with such a part|object)$/);
  });

  test("shows a baseUrl without such parts, and says that a URL object is none", () => {
    const create = (baseUrl: unknown) => () => createClient({ ...key, baseUrl } as ClientOptions);
    expect(create("https://[")).toThrow(/, got "https:\/\/\["$/);
    expect(create(new URL("https://api.example"))).toThrow("baseUrl: expected a string, got object");
    expect(create("https://api.example/@proxy")).not.toThrow();
  });

  test.each([undefined, null, 7, "x"])("refuses %j for options", (options) => {
    // The cast stands for callers in JavaScript.
    expect(() => createClient(options as unknown as ClientOptions)).toThrow(
      /^options: expected an object, got /,
    );
  });

  test.each(["", "a b", "a\n", null, {}])("refuses the token %j", (token) => {
    expect(() => createClient({ token } as ClientOptions)).toThrow(/^token: expected/);
  });

  test("takes an API key beside a token that is undefined", async () => {
    const fetch = async () => new Response('{"data":{"type":"t","id":"1"},"links":{"self":""}}');
    const client = createClient({ ...key, token: undefined, fetch } as ClientOptions);
    expect((await client.versions.get("1")).data.id).toBe("1");
  });

  test("accepts undefined for every optional field", () => {
    const nothing = {
      issuerId: undefined,
      baseUrl: undefined,
      fetch: undefined,
      timeout: undefined,
      maxRetries: undefined,
    };
    expect(() =>
      createClient({ ...key, ...nothing, maxRetryWait: undefined, scope: undefined }),
    ).not.toThrow();
    expect(() => createClient({ token: "t", maxRetries: 0, maxRetryWait: 0 })).not.toThrow();
  });
});
