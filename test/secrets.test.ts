import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type AttemptEvent, createClient } from "../src/index.js";
import { redact, redactedLine } from "../src/redact.js";
import { failure } from "./support/client.js";
import { errors, resource } from "./support/documents.js";
import { newKey } from "./support/keys.js";
import { serve } from "./support/server.js";

const { privateKey } = newKey();
const keyBody = privateKey.split("\n")[1] ?? "";

/** All the ways in which a value ends up in a log. */
function shown(value: unknown): string {
  const stack = value instanceof Error ? value.stack : "";
  const deep = inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    getters: true,
    maxStringLength: null,
  });
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    json = "";
  }
  return [inspect(value), deep, json, stack, String(value)].join("\n");
}

describe("what the client returns", () => {
  test("shows no key, no token and no signed URL's query", async () => {
    const tokens: string[] = [];
    const { url } = await serve((request, response) => {
      const token = request.headers.authorization ?? "";
      tokens.push(token.slice(7));
      const signed = "https://cdn.example/a.zip?accessKey=SIGNED&expires=1";
      const echo = {
        detail: `${token} met ${signed}`,
        links: { about: signed },
        meta: { deep: [{ token, signed }] },
      };
      if (request.url?.endsWith("/404")) response.writeHead(404).end(JSON.stringify(errors(404, "X", echo)));
      else if (request.url?.endsWith("/html"))
        response.writeHead(400).end(`<a href="${signed}">${token}</a> ${privateKey}`);
      else if (request.url?.endsWith("/302")) response.writeHead(302, { location: signed }).end();
      else if (request.url?.endsWith("/cut")) response.end(`{"data":{"url":"${signed}","t":"${token}"`);
      else if (request.url?.endsWith("/reset")) request.socket.destroy();
      else response.end(JSON.stringify(resource()));
    });
    const events: AttemptEvent[] = [];
    const options = { keyId: "K", issuerId: "I", privateKey, baseUrl: url, maxRetries: 0 };
    const client = createClient({ ...options, onAttempt: (event) => events.push(event) });
    const values: unknown[] = [client, client.packages, client.api, events];
    for (const id of ["404", "html", "302", "cut", "reset"])
      values.push(await failure(client.versions.get(id)));
    const read = (id: string) =>
      client.api.GET("/v1/alternativeDistributionPackages/{id}", { params: { path: { id } } });
    values.push((await read("1")).response);
    client.api.use({
      onRequest: ({ request }) => void values.push(request),
      onError: ({ error }) => void values.push(error),
    });
    await read("1");
    await failure(read("reset"));
    expect(values).toHaveLength(13);
    for (const value of values) {
      const text = shown(value);
      for (const token of tokens) expect(text).not.toContain(token.split(".")[2]);
      expect(text).not.toContain(keyBody);
      expect(text).not.toContain("SIGNED");
    }
  });

  test("shows no token that a response or a fetch repeats, and no bytes of a broken response", async () => {
    const token = "opaque-token-0123";
    const told = () =>
      new Response(JSON.stringify(errors(400, "X", { detail: `you sent ${token}` })), { status: 400 });
    const refused = createClient({ token, fetch: async () => told() });
    const { url } = await serve((request) => {
      request.socket.end(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{"url":"https://c/x?accessKey=SIGNED"}',
      );
    });
    const garbled = createClient({ token, baseUrl: url, maxRetries: 0 });
    const quoting = createClient({
      token,
      maxRetries: 0,
      fetch: async (_, { headers }) => {
        throw new Error(`cannot send ${headers.authorization}`);
      },
    });
    for (const client of [refused, garbled, quoting]) {
      const text = shown(await failure(client.versions.get("1")));
      expect(text).not.toContain(token);
      expect(text).not.toContain("SIGNED");
    }
  });

  test("shows no token of a programming error that carries its request, or that is cut off", async () => {
    const token = "opaque-token-0123";
    const thrown = [
      Object.assign(new TypeError("x is undefined"), { config: { headers: { authorization: token } } }),
      new RangeError(`cannot send ${token}`),
      new Error(`x${" ".repeat(1190)}${token}`),
    ];
    for (const each of thrown) {
      const fetch = () => Promise.reject(each);
      const text = shown(await failure(createClient({ token, maxRetries: 0, fetch }).versions.get("1")));
      expect(text).not.toContain("opaque-t");
    }
  });

  test("shows none of the key when it is refused", () => {
    for (const broken of [
      privateKey.replace("BEGIN", "begin"),
      `${privateKey.slice(0, 80)}!`,
      privateKey.slice(30),
    ]) {
      const create = () => createClient({ keyId: "K", privateKey: broken });
      expect(create).toThrow(TypeError);
      try {
        create();
      } catch (error) {
        expect(shown(error)).not.toContain(keyBody.slice(0, 20));
      }
    }
  });

  test.each(["timeout", "maxRetries", "fetch", "userAgent", "baseUrl", "scope"])(
    "shows none of a key that is given as %s",
    (option) => {
      const sec1 = privateKey.replaceAll("PRIVATE", "EC PRIVATE");
      const options = { keyId: "K1", privateKey, [option]: sec1 };
      expect(() => createClient(options)).toThrow("got what looks like a private key");
    },
  );
});

describe("redact", () => {
  test.each([
    ["see https://a.b/c?d=e f", "see https://a.b/c?… f"],
    ['"https:\\/\\/a.b\\/c?d=e"', '"https:\\/\\/a.b\\/c?…"'],
    ["HTTP://A/?x", "HTTP://A/?…"],
    ["half a URL: p/accessKey=abc&x=1", "half a URL: p/accessKey=…&x=1"],
    ["Bearer abc.def-0123456789_abc", "Bearer [token]"],
    ["a valid bearer token", "a valid bearer token"],
    ["eyJhbGciOi.eyJpc3M.sig-_1", "[token]"],
    ["plain ? text", "plain ? text"],
  ])("%j becomes %j", (text, hidden) => {
    expect(redact(text)).toBe(hidden);
  });

  test("hides a private key, cut off or not", () => {
    expect(redact(`a ${privateKey} b`)).toBe("a [private key]\n b");
    expect(redact(privateKey.slice(0, 90))).toBe("[private key]");
  });

  test.each(["https:\\/\\/a\\/", "-eyJ", "secret", "Bearer "])(
    "searches a megabyte of %j without delay",
    (part) => {
      const long = part.repeat(1_000_000 / part.length);
      expect(redact(long)).toBe(long);
    },
  );

  test("redactedLine cuts only after hiding", () => {
    expect(redactedLine(`x https://a/b?${"s".repeat(400)}`, 20)).toBe("x https://a/b?…");
    expect(redactedLine("a".repeat(50), 10)).toBe(`${"a".repeat(10)}…`);
  });
});
