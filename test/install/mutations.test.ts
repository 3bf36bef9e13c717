import { expect, test } from "vitest";
import { createRestoreHandler, createUpdatesHandler, type WantedApp } from "../../src/install/index.js";
import { parseJson } from "../../src/json.js";
import { readAnswer } from "../support/device/answers.js";
import { openJws } from "../support/device/token.js";
import { seededRandom } from "../support/random.js";
import { thorough } from "../support/thorough.js";
import { manifestWith, publicKey, tokens } from "./support.js";

const ROUNDS = thorough ? 10_000 : 500;

type Random = () => number;

/** Some apps are served, one of them only for later systems; no other app is. */
function find({ appleItemId }: WantedApp) {
  const fields: Record<string, object> = { 6700000042: {}, 7: { minimumSystemVersions: { ios: "26.0" } } };
  const own = fields[appleItemId];
  const packageUrl = `https://example.com/p/${appleItemId}`;
  return own && { manifest: manifestWith({ appleItemId, ...own }), packageUrl };
}

const errors: unknown[] = [];
const onError = (error: unknown) => errors.push(error);
const handlers = {
  updates: createUpdatesHandler({ find, tokens, authorize, onError }),
  restores: createRestoreHandler({ find, tokens, authorize, onError }),
};

function authorize({ headers }: Request): boolean | 403 {
  const authorization = headers.get("authorization");
  return authorization === "Bearer old" ? 403 : authorization === "Bearer good";
}

test.each(["updates", "restores"] as const)(
  "each of many mutated requests for %s gets a well-formed answer or a 4xx",
  async (list) => {
    const random = seededRandom(list.length);
    const statuses = new Map<number, number>();
    let offered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { method, headers, body } = mutateRequest(random);
      const request = new Request("https://example.com/", { method, headers, ...(body && { body }) });
      const response = await handlers[list](request);
      const place = `round ${round}: ${method} ${Buffer.from(body ?? "").subarray(0, 300)}`;
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect([200, 400, 401, 403, 405, 413], place).toContain(response.status);
      expect(response.headers.get("cache-control"), place).toBe("no-store");
      const text = await response.text();
      if (response.status !== 200) continue;
      const { offers } = readAnswer(list, parseJson(text));
      for (const { installVerificationToken = "" } of offers) openJws(installVerificationToken, publicKey);
      offered += offers.length;
    }
    expect(errors).toEqual([]);
    expect([...statuses.keys()].sort()).toEqual([200, 400, 401, 403, 405, 413]);
    expect(offered).toBeGreaterThan(ROUNDS / 20); // not all of them were refused
  },
);

function sample(random: Random) {
  const app = () => ({
    appleItemId: pick(random, ["6700000042", "7", "8", 6700000042]),
    ...pick(random, [{ appleVersionId: "880000123" }, { appleVersionId: "880000001" }, {}]),
  });
  return {
    apps: Array.from({ length: Math.floor(random() * 4) }, app),
    platform: pick(random, ["iOS", "ios", "iPadOS", "visionOS"]),
    osVersion: pick(random, ["17.3", "17.4", "18.1.2", "26.1"]),
  };
}

function mutateRequest(random: Random) {
  let content: string = JSON.stringify(sample(random));
  const headers: Record<string, string> = { authorization: "Bearer good" };
  let method = "POST";
  const mutations = [
    () => {}, // no mutation: some requests must be answered
    () => {},
    () => {
      content = mutateText(content, random);
    },
    () => {
      content = mutateValue(sample(random), random);
    },
    () => {
      content = mutateValue(sample(random), random);
    },
    () => {
      content = pick(random, ["", "null", "[]", "{", "\u0000", `{"apps":${"[".repeat(5000)}`]);
    },
    () => {
      content = " ".repeat(1_048_577);
    },
    () => {
      headers.authorization = pick(random, ["", "Bearer old", "Basic x"]);
    },
    () => {
      headers["content-length"] = pick(random, ["0", "-1", "1e9", "2000000", "no number"]);
    },
    () => {
      method = pick(random, ["GET", "PUT", "DELETE", "OPTIONS"]);
    },
  ];
  for (let count = random() < 0.8 ? 1 : 2; count > 0; count--) pick(random, mutations)();
  const bytes = Buffer.from(content);
  const body = random() < 0.9 ? bytes : mutateBytes(bytes, random);
  return { method, headers, body: method === "GET" ? undefined : new Uint8Array(body) };
}

function mutateText(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  const character = String.fromCharCode(random() < 0.9 ? 32 + random() * 95 : random() * 65_536);
  return pick(random, [
    text.slice(0, at) + character + text.slice(at + 1),
    text.slice(0, at) + character + text.slice(at),
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at),
    text.slice(at),
    text + text,
    `\uFEFF${text}`,
  ]);
}

function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return copy;
}

/** The document with one value, anywhere in it, replaced or added. */
function mutateValue(document: object, random: Random): string {
  const slots: { holder: object; key: string }[] = [];
  const collect = (holder: object) => {
    for (const key of [...Object.keys(holder), pick(random, ["extra", "__proto__", "0"])]) {
      slots.push({ holder, key });
      const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
      if (typeof value === "object" && value !== null) collect(value);
    }
  };
  collect(document);
  const { holder, key } = pick(random, slots);
  const values = [
    ...[null, true, 0, -1, 1.5, 2 ** 60, "", "x", [], {}, [null], "7", "007", "9".repeat(30), "../7"],
    ...["18", "18.", "18.1.2.3.4", "1e3", "\u0000", "IOS", "toString", "constructor"],
  ];
  const value = pick<unknown>(random, values);
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return JSON.stringify(document);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T; // random() is below 1, and no list is empty
}
