import { expect, test } from "vitest";
import { DownloadUrl } from "../../../src/ingest/download/download-url.js";
import { VirtualClock } from "../../support/virtual-clock.js";

test("a URL is renewed once it has expired, unless our clock is wrong", async () => {
  const clock = new VirtualClock();
  const at = (ms: number) => new Date(clock.time + ms).toISOString();
  const renew = async () => ({ url: "https://cdn.example/new", urlExpirationDate: at(60_000) });
  const old = (ms: number) => ({ url: "https://cdn.example/old", urlExpirationDate: at(ms) });
  const url = new DownloadUrl({ label: "it", attributes: old(60_000), renew, clock });
  const expiredAtFirst = new DownloadUrl({ label: "it", attributes: old(-60_000), renew, clock });

  expect(await url.get()).toBe("https://cdn.example/old");
  clock.time += 60_000;
  expect(await url.get()).toBe("https://cdn.example/new");
  expect(await expiredAtFirst.get()).toBe("https://cdn.example/old");
});

test.each(["", "file:///etc/passwd", "not a url", undefined])("a URL %j is refused", async (text) => {
  const attributes = text === undefined ? {} : { url: text };
  const renew = async () => ({});
  const url = new DownloadUrl({ label: "variant/a.ipa", attributes, renew, clock: new VirtualClock() });
  await expect(url.get()).rejects.toMatchObject({ reason: "asset-missing" });
});
