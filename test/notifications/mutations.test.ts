import { expect, test } from "vitest";
import { createNotificationHandler, type NotificationEvent } from "../../src/notifications/index.js";
import { seededRandom } from "../support/random.js";
import { thorough } from "../support/thorough.js";
import * as samples from "./samples.js";
import { secret, sign } from "./support.js";

const signed = Object.values(samples)
  .filter((sample) => typeof sample === "object")
  .map((sample) => {
    const body = new TextEncoder().encode(JSON.stringify(sample));
    return { body, signature: sign(body) };
  });

const maxBytes = 4096;
const ROUNDS = thorough ? 10_000 : 1000;

test("of many mutated requests, only those that are still signed get a 2xx", async () => {
  const random = seededRandom(6);
  const events: NotificationEvent[] = [];
  const emptyStore = { has: () => false, add: () => {} };
  const handler = createNotificationHandler({
    secret,
    onEvent: (event) => events.push(event),
    seen: emptyStore,
    maxBytes,
  });
  const statuses = new Map<number, number>();
  let expected = 0;

  for (let round = 0; round < ROUNDS; round++) {
    const { body, headers, method } = mutateRequest(random);
    const request = new Request("https://marketplace.example/", { method, headers, ...(body && { body }) });
    const { status } = await handler(request);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);

    const fits = !(Number(headers["content-length"]) > maxBytes);
    const asSigned = method === "POST" && fits && isAsSigned(body, headers["x-apple-signature"]);
    if (asSigned) expected += 1;
    expect(status, `round ${round}: ${method} ${JSON.stringify(headers)}`).toSatisfy((each: number) =>
      asSigned ? each === 200 : [401, 405, 413].includes(each),
    );
  }

  expect(events).toHaveLength(expected);
  expect([...statuses.keys()].sort()).toEqual([200, 401, 405, 413]); // the mutations led to each kind of answer
}, 60_000);

test("of many signed bodies with random content, each is an event or a 400", async () => {
  const random = seededRandom(7);
  const statuses = new Set<number>();
  const handler = createNotificationHandler({ secret, onEvent: () => {} });

  for (let round = 0; round < ROUNDS; round++) {
    const body = random() < 0.5 ? mutateBytes(pick(random, signed).body, random) : mutateJson(random);
    const request = new Request("https://marketplace.example/", {
      method: "POST",
      headers: { "x-apple-signature": sign(body) },
      body,
    });
    const { status } = await handler(request);
    statuses.add(status);
    expect([200, 400], `round ${round}: ${Buffer.from(body)}`).toContain(status);
  }
  expect(statuses.size).toBe(2);
}, 60_000);

function isAsSigned(body: Uint8Array | undefined, header: string | undefined): boolean {
  const sample = signed.find((each) => body !== undefined && Buffer.compare(each.body, body) === 0);
  return sample !== undefined && header?.trim().toLowerCase() === sample.signature;
}

type Random = () => number;
type Bytes = Uint8Array<ArrayBuffer>;

function mutateRequest(random: Random) {
  const sample = pick(random, signed);
  const headers: Record<string, string> = { "x-apple-signature": sample.signature };
  let body: Bytes | undefined = sample.body;
  let method = "POST";
  const mutations = [
    () => {}, // no mutation: a signed request must pass
    () => {
      body = mutateBytes(sample.body, random);
    },
    () => {
      headers["x-apple-signature"] = mutateHeader(sample.signature, random);
    },
    () => {
      headers["x-apple-signature"] = pick(random, signed).signature;
    },
    () => {
      headers["x-apple-signature"] = sign(
        sample.body,
        pick(random, ["another", `${secret} `, secret.slice(1)]),
      );
    },
    () => {
      delete headers["x-apple-signature"];
    },
    () => {
      headers["content-length"] = pick(random, ["0", "-1", "1e9", "2000000", "no number"]);
    },
    () => {
      method = pick(random, ["GET", "PUT", "DELETE", "OPTIONS"]);
      if (method === "GET") body = undefined;
    },
    () => {
      body = new Uint8Array(maxBytes + 1);
    },
  ];
  for (let count = random() < 0.8 ? 1 : 2; count > 0; count--) pick(random, mutations)();
  if (method === "GET") body = undefined;
  return { body, headers, method };
}

function mutateBytes(bytes: Bytes, random: Random): Bytes {
  const at = Math.floor(random() * bytes.length);
  const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
  const byte = Math.floor(random() * 256);
  return pick(random, [
    () => Uint8Array.of(...before, byte, ...after.slice(1)),
    () => Uint8Array.of(...before, (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)), ...after.slice(1)),
    () => Uint8Array.of(...before, byte, ...after),
    () => Uint8Array.of(...before, ...after.slice(1)),
    () => before,
    () => after,
    () => Uint8Array.of(...after, ...before),
    () => Uint8Array.of(...bytes, ...bytes),
    () => Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes),
    () => Uint8Array.of(...bytes, 0x0a),
  ])();
}

function mutateHeader(header: string, random: Random): string {
  const at = Math.floor(random() * header.length);
  const character = String.fromCharCode(33 + Math.floor(random() * 94));
  return pick(random, [
    () => header.slice(0, at) + character + header.slice(at + 1),
    () => header.slice(0, at) + character + header.slice(at),
    () => header.slice(0, at) + header.slice(at + 1),
    () => header.slice(0, at),
    () => header.slice(at),
    () => header.slice(0, at) + header.charAt(at).toUpperCase() + header.slice(at + 1),
    () => header.toUpperCase(),
    () => ` ${header} `,
    () => `${header},${header}`,
    () => header.replace("=", " = "),
    () => "",
  ])();
}

/** A sample with one value, anywhere in it, replaced. */
function mutateJson(random: Random): Bytes {
  const document: unknown = JSON.parse(Buffer.from(pick(random, signed).body).toString());
  const slots: { holder: object; key: string }[] = [];
  const collect = (holder: object) => {
    for (const [key, value] of Object.entries(holder)) {
      slots.push({ holder, key });
      if (typeof value === "object" && value !== null) collect(value);
    }
  };
  collect({ document });
  const { holder, key } = pick(random, slots);
  const replacement = pick(random, [
    null,
    true,
    0,
    -1,
    "",
    "x",
    [],
    {},
    [null],
    { data: null },
    "\u0000",
    "AppUnavailable",
  ]);
  Reflect.set(holder, key, replacement);
  return new TextEncoder().encode(JSON.stringify(document));
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T; // random() is below 1, and no list is empty
}
