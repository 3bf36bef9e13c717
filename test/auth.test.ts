import { setImmediate } from "node:timers/promises";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { connect } from "../src/client.js";
import { AuthenticationError, type ClientOptions } from "../src/index.js";
import { clientOver, failure, type Reply } from "./support/client.js";
import { errors, json, resource } from "./support/documents.js";
import { newKey } from "./support/keys.js";
import { VirtualClock } from "./support/virtual-clock.js";

const { privateKey, publicKey } = newKey();
const team = { keyId: "KEY1", issuerId: "issuer-1", privateKey };

function signing(options: Partial<ClientOptions>, reply: Reply = () => json(resource())) {
  const tokens: string[] = [];
  const clock = new VirtualClock();
  let n = 0;
  const fetch: ClientOptions["fetch"] = async (url, init) => {
    tokens.push(init.headers.authorization?.replace("Bearer ", "") ?? "");
    return reply({ url, init }, n++);
  };
  const client = connect({ ...team, fetch, ...options } as ClientOptions, clock);
  return { client, tokens, clock, get: () => client.versions.get("1") };
}

const refusal = (date?: string) =>
  json(errors(401, "NOT_AUTHORIZED"), { status: 401, headers: date ? { date } : {} });

/** Refuses whatever the real server would refuse, at `serverTime()`. */
function strict(serverTime: () => number): Reply {
  return ({ init }) => {
    const { iat = 0, exp = 0 } = decodeJwt(init.headers.authorization?.replace("Bearer ", "") ?? "");
    const now = serverTime() / 1000;
    const good = iat <= now + 1 && exp > now && exp - iat <= 1200;
    return good ? json(resource()) : refusal(new Date(serverTime()).toUTCString());
  };
}

describe("tokens of an API key", () => {
  test("are ES256 JWTs as Apple wants them, for a team key", async () => {
    const { get, tokens, clock } = signing({});
    await get();
    const { payload, protectedHeader } = await jwtVerify(tokens[0] ?? "", publicKey, {
      currentDate: new Date(clock.time),
    });
    expect(protectedHeader).toEqual({ alg: "ES256", kid: "KEY1", typ: "JWT" });
    // Dated back, for clocks that are ahead.
    const iat = clock.time / 1000 - 30;
    expect(payload).toEqual({ iss: "issuer-1", iat, exp: iat + 1140, aud: "appstoreconnect-v1" });
  });

  test("say sub: user for an individual key", async () => {
    const { get, tokens } = signing({ issuerId: undefined });
    await get();
    const claims = decodeJwt(tokens[0] ?? "");
    expect(claims.sub).toBe("user");
    expect(claims).not.toHaveProperty("iss");
  });

  test("carry scope and lifetime as asked", async () => {
    const scope = ["GET /v1/apps?filter[platform]=IOS"];
    const { get, tokens } = signing({ scope, tokenLifetime: 300 });
    await get();
    const claims = decodeJwt(tokens[0] ?? "");
    expect(claims.scope).toEqual(scope);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
  });

  test("are reused until shortly before they run out", async () => {
    const { get, tokens, clock } = signing({});
    await get();
    clock.time += 1_049_000;
    await get();
    expect(new Set(tokens).size).toBe(1);
    clock.time += 1_000;
    await get();
    expect(new Set(tokens).size).toBe(2);
  });

  test("are signed once for many calls that start together", async () => {
    const sign = vi.spyOn(crypto.subtle, "sign");
    const { get, tokens } = signing({});
    await Promise.all(Array.from({ length: 16 }, get));
    expect(new Set(tokens).size).toBe(1);
    expect(sign).toHaveBeenCalledTimes(1);
    sign.mockRestore();
  });

  test("import the key once", async () => {
    const importKey = vi.spyOn(crypto.subtle, "importKey");
    const { get, clock } = signing({});
    await get();
    clock.time += 3_600_000;
    await get();
    expect(importKey).toHaveBeenCalledTimes(1);
    importKey.mockRestore();
  });

  test("are not shared between clients", async () => {
    const other = newKey();
    const a = signing({});
    const b = signing({ keyId: "KEY2", privateKey: other.privateKey });
    await Promise.all([a.get(), b.get(), a.get(), b.get()]);
    expect(a.tokens.map((token) => decodeProtectedHeader(token).kid)).toEqual(["KEY1", "KEY1"]);
    expect(b.tokens.map((token) => decodeProtectedHeader(token).kid)).toEqual(["KEY2", "KEY2"]);
    await jwtVerify(b.tokens[0] ?? "", other.publicKey, { currentDate: new Date(b.clock.time) });
  });
});

describe("a 401", () => {
  test("is answered with a new token, which does not count as a retry", async () => {
    const { get, tokens, clock } = signing({ maxRetries: 0 }, (_, n) =>
      n === 0 ? refusal() : json(resource()),
    );
    await get();
    expect(tokens).toHaveLength(2);
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(clock.slept).toEqual([]);
  });

  test("is answered with a new token for a POST too", async () => {
    const { client, tokens } = signing({}, (_, n) =>
      n === 0 ? refusal() : json(resource(), { status: 201 }),
    );
    await client.packages.create({ appStoreVersionId: "7" });
    expect(tokens).toHaveLength(2);
  });

  test("for the new token too is an AuthenticationError that says what to check", async () => {
    const { get, tokens } = signing({}, () => refusal());
    const error = await failure(get());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: "NOT_AUTHORIZED", attempts: 2 });
    expect(String(error)).toContain("check that the key is active, keyId, issuerId");
    expect(String(error)).toContain("this machine's clock");
    expect(tokens).toHaveLength(2);
  });

  test.each([
    ["ahead", 1_800_000],
    ["behind", -1_800_000],
  ])("corrects a clock 30 minutes %s by the server's Date", async (_, skew) => {
    let serverTime = () => 0;
    const { get, tokens, clock } = signing({}, (sent, n) => strict(serverTime)(sent, n));
    serverTime = () => clock.time - skew;
    await get();
    await get();
    expect(tokens).toHaveLength(3);
    clock.time += 1_000_000;
    await get();
    clock.time += 200_000;
    await get();
    expect(tokens).toHaveLength(5);
  });

  test("of many calls together causes one signing", async () => {
    const sign = vi.spyOn(crypto.subtle, "sign");
    let valid = 0;
    const { get, clock } = signing({}, async ({ init }) => {
      await setImmediate();
      const { iat = 0 } = decodeJwt(init.headers.authorization?.slice(7) ?? "");
      return iat >= valid ? json(resource()) : refusal();
    });
    await get();
    clock.time += 60_000;
    valid = clock.time / 1000 - 30;
    await Promise.all(Array.from({ length: 16 }, get));
    expect(sign).toHaveBeenCalledTimes(2);
    sign.mockRestore();
  });

  test.each([1, 2, 4, 29])("is not caused by a clock that is %i s ahead", async (seconds) => {
    let serverTime = () => 0;
    const { get, tokens, clock } = signing({ tokenLifetime: 1200 }, (sent, n) =>
      strict(() => serverTime())(sent, n),
    );
    serverTime = () => clock.time - seconds * 1000;
    await get();
    expect(tokens).toHaveLength(1);
  });

  test("whose Date is ten years ahead does not correct the clock", async () => {
    const { get, tokens } = signing({}, (_, n) =>
      n === 0 ? refusal("Sun, 02 Mar 2036 12:00:00 GMT") : json(resource()),
    );
    await get();
    const [first = "", second = ""] = tokens;
    expect(Math.abs((decodeJwt(second).iat ?? 0) - (decodeJwt(first).iat ?? 0))).toBeLessThan(5);
  });

  test("twice in a row for credentials that worked before is tried once more, after a pause", async () => {
    const { get, tokens, clock } = signing({ maxRetries: 0 }, (_, n) =>
      n === 1 || n === 2 ? refusal() : json(resource()),
    );
    await get();
    await clock.run(get());
    expect(tokens).toHaveLength(4);
    expect(clock.slept).toHaveLength(1);
  });

  test("names a wrong clock if that attempt fails too", async () => {
    const { get } = signing({}, () => refusal("Sun, 01 Mar 2026 11:00:00 GMT"));
    expect(String(await failure(get()))).toContain("it is 3600 s ahead of the server's");
  });
});

describe("a token given", () => {
  test("by a function that never settles ends in time, and the next call works", async () => {
    let n = 0;
    const token = () => (n++ < 16 ? new Promise<string>(() => {}) : Promise.resolve("abc.def"));
    const { client, sent } = clientOver(() => json(resource("V")), { token, timeout: 20 });
    const calls = Array.from({ length: 16 }, () => failure(client.versions.get("1")));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ name: "TimeoutError" });
      expect(String(error)).toContain("the token function gave no token within 20 ms");
    }
    expect((await client.versions.get("1")).data.id).toBe("V");
    expect(sent).toHaveLength(1);
  });

  test("by a function that aborts the call and then fails leaves no rejection without a handler", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const controller = new AbortController();
    const token = async () => {
      controller.abort("enough");
      throw new Error("no token");
    };
    const { client } = clientOver(() => json(resource()), { token });
    const call = client.versions.get("1", undefined, { signal: controller.signal });
    expect(["enough", "Error: no token"]).toContain(String(await failure(call)));
    await setImmediate();
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  test("as a string is used as it is and not tried twice", async () => {
    const { client, sent } = clientOver(() => refusal(), { token: "abc.def" });
    expect(await failure(client.versions.get("1"))).toMatchObject({
      name: "AuthenticationError",
      attempts: 1,
    });
    expect(sent.map(({ init }) => init.headers.authorization)).toEqual(["Bearer abc.def"]);
  });

  test("as a function is called once per call and again after a 401", async () => {
    let n = 0;
    const token = vi.fn(async () => `token-${++n}`);
    const answers = [503, 200, 401, 200, 200];
    const { client, sent, clock } = clientOver(
      (_, i) =>
        answers[i] === 200
          ? json(resource())
          : json(errors(answers[i] ?? 0, "X"), { status: answers[i] ?? 0 }),
      { token },
    );
    for (let i = 0; i < 3; i++) await clock.run(client.versions.get("1"));
    expect(sent.map(({ init }) => init.headers.authorization)).toEqual(
      [1, 1, 2, 3, 4].map((i) => `Bearer token-${i}`),
    );
  });

  test("by a function that fails rejects the call with that failure", async () => {
    const { client, sent } = clientOver(() => json(resource()), {
      token: () => Promise.reject(new Error("vault is shut")),
    });
    await expect(client.versions.get("1")).rejects.toThrow("vault is shut");
    expect(sent).toHaveLength(0);
  });

  test("by a function that never settles ends with the signal", async () => {
    const { client } = clientOver(() => json(resource()), { token: () => new Promise(() => {}) });
    const abort = new AbortController();
    const call = client.versions.get("1", undefined, { signal: abort.signal });
    abort.abort("enough");
    expect(await failure(call)).toBe("enough");
  });

  test.each(["", " ", "a b", "a\nb", undefined, 7])(
    "of an impossible form (%j) is refused and not shown",
    async (token) => {
      const { client, sent } = clientOver(() => json(resource()), { token: () => token as string });
      const error = await failure(client.versions.get("1"));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toBe(
        "TypeError: token: expected a non-empty string of printable ASCII without spaces",
      );
      expect(sent).toHaveLength(0);
    },
  );
});
