import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { ConnectionError, createClient, ServerError } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, resource } from "../support/documents.js";
import { serve } from "../support/server.js";

const status = (code: number, headers: Record<string, string> = {}) =>
  json(errors(code, "X"), { status: code, headers });

function networkError(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(`${code} 127.0.0.1`), { code }) });
}

describe("retries", () => {
  test("give the response of the last attempt", async () => {
    const { client, sent, clock } = clientOver((_, n) => (n < 3 ? status(503) : json(resource("9"))));
    const { data } = await clock.run(client.versions.get("9"));
    expect(data.id).toBe("9");
    expect(sent).toHaveLength(4);
    expect(clock.slept).toHaveLength(3);
  });

  test("end after maxRetries, of the client or of the call", async () => {
    const { client, sent, clock } = clientOver(() => status(500), { maxRetries: 2 });
    const error = await failure(clock.run(client.versions.get("1")));
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ attempts: 3, status: 500 });
    await failure(clock.run(client.versions.get("1", undefined, { maxRetries: 0 })));
    expect(sent).toHaveLength(4);
  });

  test("obey Retry-After to the ms", async () => {
    const { client, clock } = clientOver((_, n) =>
      n === 0 ? status(503, { "retry-after": "7" }) : json(resource()),
    );
    await clock.run(client.versions.get("1"));
    expect(clock.slept).toEqual([7000]);
  });

  test("stop before a wait that would pass maxRetryWait", async () => {
    const { client, sent, clock } = clientOver(() => status(503, { "retry-after": "25" }));
    const error = await failure(clock.run(client.versions.get("1")));
    expect(error).toMatchObject({ name: "ServerError", retryAfter: 25, attempts: 3 });
    expect(String(error)).toContain("try again in 25 s");
    expect(sent).toHaveLength(3);
  });

  test("repeat a GET after a broken connection, not a POST", async () => {
    const { client, sent, clock } = clientOver((_, n) => {
      if (n === 0 || n > 1) throw networkError("ECONNRESET");
      return json(resource());
    });
    await clock.run(client.versions.get("1"));
    expect(sent).toHaveLength(2);
    const error = await failure(clock.run(client.packages.create({ appStoreVersionId: "1" })));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ attempts: 1, method: "POST", status: undefined });
    expect(String(error)).toContain("ECONNRESET");
    expect(sent).toHaveLength(3);
  });

  test("repeat a POST whose connection was refused, or that got a 429", async () => {
    const { client, sent, clock } = clientOver((_, n) => {
      if (n === 0) throw networkError("ECONNREFUSED");
      return n === 1 ? status(429) : json(resource(), { status: 201 });
    });
    await clock.run(client.packages.create({ appStoreVersionId: "1" }));
    expect(sent.map(({ init }) => init.body)).toEqual(Array(3).fill(sent[0]?.init.body));
  });

  test("do not repeat a POST after 5xx", async () => {
    const { client, sent } = clientOver(() => status(503));
    await failure(client.packages.create({ appStoreVersionId: "1" }));
    expect(sent).toHaveLength(1);
  });

  test.each([
    new TypeError("Cannot read properties of undefined"),
    new TypeError("Failed to parse URL", { cause: Object.assign(new Error(), { code: "ERR_INVALID_URL" }) }),
    new ReferenceError("x is not defined"),
    new RangeError("out of range"),
  ])("are not made for a programming error: %s", async (thrown) => {
    const { client, sent } = clientOver(() => {
      throw thrown;
    });
    expect(await failure(client.versions.get("1"))).toBe(thrown);
    expect(sent).toHaveLength(1);
  });

  test("keep a copy of what fetch threw as cause, without anything but its message and codes", async () => {
    const request = { headers: { authorization: "Bearer test-token" } };
    const cause = Object.assign(new Error("socket of test-token closed"), { syscall: "read", errno: -32 });
    const thrown = Object.assign(new TypeError("fetch failed", { cause }), { code: "EPIPE", request });
    const { client, clock } = clientOver(() => {
      throw thrown;
    });
    const error = await failure(clock.run(client.versions.get("1")));
    expect(error).toMatchObject({
      name: "ConnectionError",
      cause: {
        name: "TypeError",
        message: "fetch failed",
        code: "EPIPE",
        cause: { message: "socket of [token] closed", syscall: "read", errno: -32 },
      },
    });
    expect(inspect(error, { depth: 9 })).not.toContain("test-token");
    expect(inspect(thrown, { depth: 9 })).toContain("test-token");
  });

  test.each(["text", undefined, null, 7])("say what fetch threw when it is no error: %j", async (thrown) => {
    const { client, clock } = clientOver(() => {
      throw thrown;
    });
    const error = await failure(clock.run(client.versions.get("1")));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain(`no response: ${thrown}`);
  });

  test("tell failures apart by name and code, also for errors of another realm", async () => {
    const foreign = runInNewContext("(code, name) => Object.assign(new Error('failed'), { code, name })");
    const { client, clock, sent } = clientOver((_, n) => {
      if (n === 0) throw Object.assign(foreign("ECONNREFUSED", "Error"), { syscall: "connect" });
      if (n === 1) return json(resource("P"), { status: 201 });
      throw foreign(undefined, "RangeError");
    });
    await clock.run(client.packages.create({ appStoreVersionId: "7" }));
    expect(sent).toHaveLength(2);
    expect(await failure(clock.run(client.versions.get("1")))).toMatchObject({ name: "RangeError" });
    expect(sent).toHaveLength(3);
  });
});

describe("redirects", () => {
  test("to another origin are errors, and nothing is sent there", async () => {
    const elsewhere = await serve((_, response) => response.end("{}"));
    const { url } = await serve((_, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/x?accessKey=secret` }).end();
    });
    const error = await failure(createClient({ token: "t", baseUrl: url }).versions.get("1"));
    expect(error).toMatchObject({ name: "AppStoreConnectError", status: 302, attempts: 1 });
    expect(String(error)).toContain(
      `redirects to ${elsewhere.url}, which is not followed: the client follows`,
    );
    expect(String(error)).not.toContain("secret");
    expect(elsewhere.seen).toHaveLength(0);
  });

  test("within the origin are followed with the token", async () => {
    const { url, seen } = await serve((request, response) => {
      if (request.url?.startsWith("/v1")) response.writeHead(307, { location: "/v2/there?a=b" }).end();
      else response.end(JSON.stringify(resource("2")));
    });
    const { data } = await createClient({ token: "t", baseUrl: url }).versions.get("1");
    expect(data.id).toBe("2");
    expect(seen[1]).toMatchObject({ url: "/v2/there?a=b", headers: { authorization: "Bearer t" } });
  });

  test("without end are errors", async () => {
    const { client, sent } = clientOver(
      () => new Response(null, { status: 302, headers: { location: "/v1/again" } }),
    );
    const error = await failure(client.versions.get("1"));
    expect(error).toMatchObject({ status: 302 });
    expect(String(error)).toContain(
      "302 redirects to https://api.appstoreconnect.apple.com, which is not followed: the client follows at most " +
        "five redirects, within the API's origin, of requests that can be repeated (GET",
    );
    expect(sent).toHaveLength(6);
  });

  test("to a URL with a password are errors that do not show it", async () => {
    const location = "https://user:hidden@api.appstoreconnect.apple.com/v1/x?accessKey=hidden";
    const { client } = clientOver(() => new Response(null, { status: 302, headers: { location } }));
    const error = await failure(client.versions.get("1"));
    expect(error).toMatchObject({ name: "AppStoreConnectError", status: 302 });
    expect(String(error)).not.toContain("hidden");
  });

  test("of a POST, or without a location, are errors", async () => {
    const post = clientOver(() => new Response(null, { status: 307, headers: { location: "/v1/there" } }));
    expect(await failure(post.client.packages.create({ appStoreVersionId: "1" }))).toMatchObject({
      status: 307,
    });
    expect(post.sent).toHaveLength(1);
    const lost = clientOver(() => new Response(null, { status: 302 }));
    expect(String(await failure(lost.client.versions.get("1")))).toContain(
      "302 redirects without saying where to (GET",
    );
  });
});

describe("client.rateLimit", () => {
  test("is as last seen, and a malformed header changes nothing", async () => {
    const headers = [
      "user-hour-lim:3500;user-hour-rem:500;",
      "garbled",
      "user-hour-lim:3500;user-hour-rem:498;",
    ];
    const { client, clock } = clientOver((_, n) =>
      json(resource(), { headers: { "x-rate-limit": headers[n] ?? "" } }),
    );
    expect(client.rateLimit).toBeUndefined();
    await client.versions.get("1");
    const first = { limit: 3500, remaining: 500, at: new Date(clock.time) };
    expect(client.rateLimit).toEqual(first);
    clock.time += 5;
    await client.versions.get("1");
    expect(client.rateLimit).toEqual(first);
    await client.versions.get("1");
    expect(client.rateLimit).toEqual({ limit: 3500, remaining: 498, at: new Date(clock.time) });
  });
});
