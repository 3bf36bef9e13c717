import { expect, test, vi } from "vitest";
import type { DeviceHandlerOptions, ServedApp } from "../../src/install/index.js";
import { updatesHandler } from "../../src/install/updates.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { manifestWith, tokens } from "./support.js";

const never = () => new Promise<never>(() => {});
const found = (appleItemId: string): ServedApp => ({
  manifest: manifestWith({ appleItemId }),
  packageUrl: "https://example.com/p",
});

function handlerWith(options: Partial<DeviceHandlerOptions>) {
  const clock = new VirtualClock();
  const find: DeviceHandlerOptions["find"] = ({ appleItemId }) => found(appleItemId);
  return { clock, handle: updatesHandler({ find, tokens, ...options }, clock) };
}

function ask(apps = [{ appleItemId: "1" }], init: RequestInit = {}): Request {
  const body = JSON.stringify({ apps, platform: "iOS", osVersion: "18.1" });
  return new Request("https://example.com/", { method: "POST", body, ...init });
}

test.each([
  ["authorize", { authorize: never }],
  ["find", { find: never }],
  ["a signature", { tokens: { sign: never } }],
])("%s that never ends is answered with 500 after the time limit", async (_, options) => {
  const onError = vi.fn();
  const { clock, handle } = handlerWith({ ...options, onError });
  const before = clock.time;
  const response = await clock.run(handle(ask()));
  expect(response.status).toBe(500);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(clock.time - before).toBe(30_000);
  expect(clock.pending).toBe(0);
  expect(onError).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ message: expect.stringMatching(/no answer within 30000 ms$/) }),
  );
});

test("a body that does not arrive is answered with 408 after the time limit", async () => {
  const onError = vi.fn();
  const { clock, handle } = handlerWith({ timeout: 500, onError });
  const init = { body: new ReadableStream({ pull: never }), duplex: "half" };
  const response = await clock.run(handle(ask([], init)));
  expect([response.status, clock.slept]).toEqual([408, [500, 500]]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(onError).not.toHaveBeenCalled();
});

test("the time limit leaves no timer behind, and no app is looked up after it", async () => {
  const quick = handlerWith({});
  expect((await quick.handle(ask())).status).toBe(200);
  expect(quick.clock.pending).toBe(0);

  const release: (() => void)[] = [];
  const find = vi.fn(() => new Promise<undefined>((resolve) => release.push(() => resolve(undefined))));
  const slow = handlerWith({ find });
  const apps = Array.from({ length: 40 }, (_, id) => ({ appleItemId: `${id}` }));
  expect((await slow.clock.run(slow.handle(ask(apps)))).status).toBe(500);
  for (const each of release) each();
  await new Promise(setImmediate);
  expect(find).toHaveBeenCalledTimes(16);
});

test.each(["authorize", "find"] as const)(
  "a device that disconnects ends the wait for %s, and is no error",
  async (name) => {
    const onError = vi.fn();
    const aborter = new AbortController();
    const hang = () => {
      aborter.abort();
      return never();
    };
    const { clock, handle } = handlerWith({ [name]: hang, onError });
    expect((await handle(ask(undefined, { signal: aborter.signal }))).status).toBe(500);
    expect(clock.pending).toBe(0);
    expect(onError).not.toHaveBeenCalled();
  },
);
