import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../src/client.js";
import type { Clock } from "../src/clock.js";
import { AppStoreConnectError } from "../src/index.js";
import { createSandbox, type Fault } from "../src/sandbox/index.js";
import { seededRandom } from "./support/random.js";
import { thorough } from "./support/thorough.js";

const CALLS = 1000;
const SEEDS = thorough ? 20 : 1;

/** Each fault that the transport handles, as the sandbox makes it over a socket. */
const FAULTS: Record<string, Fault> = {
  "a connection that breaks before the headers": { reset: "before-headers" },
  "a connection that breaks in the body": { reset: "mid-body" },
  "headers that are never sent": { stall: "headers" },
  "a body that stops half way": { stall: "body" },
  "truncated JSON": { truncate: true },
  "a corrupt byte": { corrupt: true, at: 0 },
  "bytes after the end": { wrongLength: 7 },
  "another content type": { headers: { "content-type": "text/plain" } },
  "HTML with status 200": {
    status: 200,
    body: "<html>hello</html>",
    headers: { "content-type": "text/html" },
  },
  "an empty 500": { status: 500, body: "" },
  "503 with Retry-After": { status: 503, headers: { "retry-after": "1" } },
  "429 without Retry-After": { status: 429 },
  "429 with Retry-After": { status: 429, headers: { "retry-after": "2" } },
  "429 with a garbled Retry-After": { status: 429, headers: { "retry-after": "-5" } },
  "429 with a hexadecimal Retry-After": { status: 429, headers: { "retry-after": "0x10" } },
  "429 with a Retry-After in the past": {
    status: 429,
    headers: { "retry-after": "Sun, 01 Mar 1970 12:00:00 GMT" },
  },
  "429 with an absurd Retry-After": {
    status: 429,
    headers: { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" },
  },
  "a garbled X-Rate-Limit": { headers: { "x-rate-limit": "user-hour-lim:x;;=" } },
  "an hour used up": { status: 429, headers: { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;" } },
  "a 401": { status: 401 },
  "a 401 from another time": { status: 401, headers: { date: "Sun, 01 Mar 2026 12:00:00 GMT" } },
  "a redirect to another host": {
    status: 302,
    headers: { location: "http://127.0.0.1:9/elsewhere?x=secret" },
  },
  "an error of Apple's": { status: 409 },
};

/** Ms that the clock of client and sandbox is ahead of the machine's. */
let ahead = 0;

/** A wait takes no time: it moves the clock to its end, unless another wait did already. */
function fastClock(seed: number): Clock {
  return {
    now: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    random: seededRandom(seed),
    sleep: async (ms, signal) => {
      const end = performance.now() + ahead + ms;
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      ahead = Math.max(ahead, end - performance.now());
    },
  };
}

const sandbox = createSandbox({ seed: 1, now: () => Date.now() + ahead, limits: { perHour: 1e9 } });
const { packageId } = (() => {
  const { id } = sandbox.addAppStoreVersion({ variants: 3 });
  return sandbox.publishVersion(id);
})();
let server: Awaited<ReturnType<typeof sandbox.listen>>;
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", noteRejection);
  server = await sandbox.listen();
});
afterAll(async () => {
  process.off("unhandledRejection", noteRejection);
  await server.close();
});

function client(seed: number, timeout = 10_000) {
  return connect({ ...sandbox.credentials, baseUrl: server.url, timeout }, fastClock(seed));
}

/** How a call ends: with the right data, or with a typed error that shows no secret. */
async function outcome(seed: number, call: Promise<{ data: { id: string } }>): Promise<string> {
  try {
    expect((await call).data.id).toBe(packageId);
    return "data";
  } catch (error) {
    if (!(error instanceof AppStoreConnectError)) throw new Error(`seed ${seed}: untyped`, { cause: error });
    expect(String(error)).not.toContain("secret");
    return error.name;
  }
}

/** How a call ends that meets one of these faults once. With all others it gives the data. */
const ERRORS: Record<string, string> = {
  "truncated JSON": "AppStoreConnectError",
  "a corrupt byte": "AppStoreConnectError",
  "bytes after the end": "AppStoreConnectError",
  "HTML with status 200": "AppStoreConnectError",
  "429 with an absurd Retry-After": "RateLimitError",
  "an hour used up": "RateLimitError",
  // The token signed again has the date of the fault, which is not the sandbox's. The next call's has.
  "a 401 from another time": "AuthenticationError",
  "a redirect to another host": "AppStoreConnectError",
  "an error of Apple's": "ConflictError",
};

describe("over real sockets", () => {
  test.each(Object.entries(FAULTS))(
    "%s: the call gives the data or the right error, and the next call the data",
    async (name, fault) => {
      sandbox.faults.clear();
      sandbox.faults.add({ ...fault, on: "api", times: 1 });
      const one = client(1, fault.stall ? 200 : 10_000);
      expect(await outcome(0, one.packages.get(packageId))).toBe(ERRORS[name] ?? "data");
      expect(await outcome(0, one.packages.get(packageId))).toBe("data");
    },
  );

  test("a refused connection is a ConnectionError after all retries", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    // A TCP server's address is an object, a pipe's would be a string.
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const unanswered = connect({ token: "t", baseUrl: `http://127.0.0.1:${port}` }, fastClock(1));
    await expect(unanswered.packages.get("1")).rejects.toMatchObject({
      name: "ConnectionError",
      attempts: 6,
    });
  });
});

describe(`a mix of all faults, ${CALLS} calls for each seed`, () => {
  test.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))(
    "every call ends with data or a typed error (seed %i)",
    { timeout: 60_000 },
    async (seed) => {
      sandbox.faults.clear();
      const random = seededRandom(seed);
      for (const [name, fault] of Object.entries(FAULTS)) {
        // A stall takes real time until the time-out, and an hour used up fails all calls that wait: one of each kind,
        // somewhere in the first half.
        const isRare = fault.stall || name === "an hour used up";
        const rarely = { after: Math.floor((random() * CALLS) / 2), times: 1 };
        sandbox.faults.add({
          ...fault,
          on: "api",
          ...(isRare ? rarely : { probability: random() * 0.03 }),
        });
      }
      const many = client(seed, 250);
      const tally: Record<string, number> = {};
      let left = CALLS;
      const worker = async () => {
        while (left-- > 0) {
          const name = await outcome(seed, many.packages.get(packageId));
          tally[name] = (tally[name] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
      expect(Object.values(tally).reduce((sum, n) => sum + n)).toBe(CALLS);
      // How many depends on real time: while one attempt stalls, this clock moves on by minutes, and calls that wait fail.
      expect(tally.data).toBeGreaterThan(0);
      expect(rejections).toEqual([]);
      sandbox.faults.clear();
    },
  );
});

test("no timer is left", async () => {
  sandbox.faults.clear();
  await client(1).packages.get(packageId);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length).toBeLessThan(5);
});
