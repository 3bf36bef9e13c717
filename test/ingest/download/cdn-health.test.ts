import { expect, test } from "vitest";
import { CdnHealth } from "../../../src/ingest/download/cdn-health.js";
import { failure } from "../../support/client.js";
import { VirtualClock } from "../../support/virtual-clock.js";

function healthAt(time = 0) {
  const clock = new VirtualClock(time);
  return { clock, health: new CdnHealth(clock, new AbortController().signal) };
}

test("failures of one download do not end an ingest while others receive bytes", () => {
  const { clock, health } = healthAt();
  for (let second = 0; second < 3600; second++) {
    clock.time += 1000;
    health.failed();
    if (second % 59 === 0) health.received();
    expect(health.shouldGiveUp).toBe(false);
  }
  health.received();
  for (let second = 0; second <= 60; second++) {
    expect(health.shouldGiveUp).toBe(false);
    clock.time += 1000;
    health.failed();
  }
  expect(health.shouldGiveUp).toBe(true);
});

test("a single failure after a long time, as after a machine's sleep, does not end an ingest", () => {
  const { clock, health } = healthAt();
  health.failed();
  clock.time += 3_600_000;
  health.failed();
  expect(health.shouldGiveUp).toBe(false);
});

test("bytes of earlier requests do not end a pause", async () => {
  const { clock, health } = healthAt();
  health.refused(await health.enter(), 20_000);
  health.received();
  await clock.run(health.enter());
  expect(clock.time).toBe(20_000);
});

test("a burst of refusals counts once, and the pauses become longer", async () => {
  const { clock, health } = healthAt();
  const burst = await Promise.all(Array.from({ length: 8 }, () => health.enter()));
  for (const turn of burst) health.refused(turn, undefined);
  const times: number[] = [];
  for (let trial = 0; trial < 5; trial++) {
    const turn = await clock.run(health.enter());
    expect(turn.isTrial).toBe(true);
    times.push(clock.time / 1000);
    health.refused(turn, undefined);
    health.end(turn);
  }
  expect(times).toEqual([1, 5, 15, 35, 64]);
});

test("others wait for the one that tries first, also if that fails", async () => {
  const { clock, health } = healthAt();
  health.refused(await health.enter(), 1000);
  const first = await clock.run(health.enter());
  let entered = 0;
  const others = [health.enter(), health.enter()].map((turn) => turn.finally(() => (entered += 1)));
  await new Promise(setImmediate);
  expect(entered).toBe(0);
  health.end(first);
  const second = await Promise.race(others);
  expect(second.isTrial).toBe(true);
  await new Promise(setImmediate);
  expect(entered).toBe(1);
  health.received();
  await Promise.all(others);
});

test("a late refusal during the first attempt does not make the others wait for that one's end", async () => {
  const { clock, health } = healthAt();
  const [first, late] = await Promise.all([health.enter(), health.enter()]);
  health.refused(first, undefined);
  expect((await clock.run(health.enter())).isTrial).toBe(true);
  health.refused(late, 2000);
  // Its bytes come, but storing them may have to wait for the others.
  health.received();
  await clock.run(health.enter());
  expect(clock.time).toBe(3000);
});

test("a pause that is longer than an ingest tries ends it after 60 s", async () => {
  const { clock, health } = healthAt();
  health.refused(await health.enter(), 3_600_000);
  health.failed();
  expect(await clock.run(failure(health.enter()))).toMatchObject({
    message: "wants no request for another 3540 s",
  });
  expect(clock.time).toBe(60_000);
});

test("such a pause ends it also if another download received bytes after the refusal", async () => {
  const { clock, health } = healthAt();
  health.refused(await health.enter(), 3_600_000);
  health.failed();
  clock.time += 5000;
  health.received();
  expect(await clock.run(failure(health.enter()))).toMatchObject({
    message: "wants no request for another 3535 s",
  });
  expect(clock.time).toBe(65_000);
});
