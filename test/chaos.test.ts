import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../src/client.js";
import type { Clock } from "../src/clock.js";
import { AppStoreConnectError } from "../src/index.js";
import { createSandbox, type Fault } from "../src/sandbox/index.js";
import { seededRandom } from "./support/random.js";

const CALLS = 1000;
const SEEDS = 20;

/** Each fault that the transport is made for, as the sandbox can bring it about over a socket. */
const faults: Record<string, Fault> = {
  "a connection that breaks before the headers": { reset: "before-headers" },
  "a connection that breaks in the body": { reset: "mid-body" },
  "headers that never come": { stall: "headers" },
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
  "429 with a Retry-After gone by": {
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

/** Waits cost nothing: they only move this clock, which starts at the real time for the tokens' sake. */
function hastyClock(seed: number): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    random: seededRandom(seed),
    sleep: async (ms, signal) => {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      ahead += Math.min(ms, 50);
    },
  };
}

const sandbox = createSandbox({ limits: { perHour: 1e9 } });
const { packageId } = (() => {
  const { id } = sandbox.addAppStoreVersion({ variants: 3 });
  return sandbox.publishVersion(id);
})();
let server: Awaited<ReturnType<typeof sandbox.listen>>;
const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  server = await sandbox.listen();
});
afterAll(async () => {
  process.off("unhandledRejection", note);
  await server.close();
});

function client(seed: number, timeout = 10_000) {
  return connect({ ...sandbox.credentials, baseUrl: server.url, timeout }, hastyClock(seed));
}

/** What a call may end in: the right data, or a typed error that shows no secret. */
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

/** How a call ends that meets one of these once; all others end in data. */
const lasting: Record<string, string> = {
  "truncated JSON": "AppStoreConnectError",
  "a corrupt byte": "AppStoreConnectError",
  "bytes after the end": "AppStoreConnectError",
  "HTML with status 200": "AppStoreConnectError",
  "429 with an absurd Retry-After": "RateLimitError",
  "an hour used up": "RateLimitError",
  // The date is not the server's, so the token signed anew by it is no good; the next call's is.
  "a 401 from another time": "AuthenticationError",
  "a redirect to another host": "AppStoreConnectError",
  "an error of Apple's": "ConflictError",
};

describe("over real sockets", () => {
  it.each(Object.entries(faults))("%s does no more harm than it must", async (name, fault) => {
    sandbox.faults.clear();
    sandbox.faults.add({ ...fault, on: "api", times: 1 });
    const one = client(1, fault.stall ? 200 : 10_000);
    expect(await outcome(0, one.packages.get(packageId))).toBe(lasting[name] ?? "data");
    expect(await outcome(0, one.packages.get(packageId))).toBe("data");
  });

  it("a refused connection is a ConnectionError after all retries", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const lonely = connect({ token: "t", baseUrl: `http://127.0.0.1:${port}` }, hastyClock(1));
    await expect(lonely.packages.get("1")).rejects.toMatchObject({ name: "ConnectionError", attempts: 6 });
  });
});

describe(`a mix of all faults, ${CALLS} calls a seed`, () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))(
    "ends every call in data or a typed error (seed %i)",
    { timeout: 60_000 },
    async (seed) => {
      sandbox.faults.clear();
      const random = seededRandom(seed);
      // Stalls cost real time, so there are few of them.
      for (const fault of Object.values(faults)) {
        sandbox.faults.add({ ...fault, on: "api", probability: random() * (fault.stall ? 0.002 : 0.03) });
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
      expect(tally.data).toBeGreaterThan(CALLS / 2);
      expect(rejections).toEqual([]);
      sandbox.faults.clear();
    },
  );
});

it("leaves no timer behind", async () => {
  sandbox.faults.clear();
  await client(1).packages.get(packageId);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length).toBeLessThan(5);
});
