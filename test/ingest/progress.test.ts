import { join } from "node:path";
import { expect, test } from "vitest";
import type { IngestProgress } from "../../src/ingest/index.js";
import { ProgressReporter } from "../../src/ingest/progress.js";
import { temporaryFolder } from "./support/folders.js";
import { delta, servePackage, variant } from "./support/package-server.js";
import { ingestPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];

test("progress rises to the total, and phase done is reported once, last", async () => {
  const server = await servePackage(assets);
  const seen: IngestProgress[] = [];
  const onProgress = (progress: IngestProgress) => void seen.push(progress);
  await ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
    onProgress,
  });
  const done = seen.filter(({ phase }) => phase === "done");
  expect(done).toHaveLength(1);
  expect(seen.at(-1)).toMatchObject({
    phase: "done",
    bytes: 78_000,
    bytesTotal: 78_000,
    assets: 3,
    assetsTotal: 3,
  });
  const amounts = seen.map(({ bytes }) => bytes);
  expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
});

test("reports are at most ten a second, never fall, and tell the speed of the last three seconds", () => {
  let now = 0;
  const seen: IngestProgress[] = [];
  const progress = new ProgressReporter((report) => void seen.push(report), { elapsed: () => now });
  progress.begin("downloading");
  for (now = 10; now <= 6000; now += 10) progress.addBytes(now <= 3000 ? 1000 : 10);
  expect(seen.length).toBeLessThanOrEqual(60);
  expect(seen.find(({ bytes }) => bytes > 200_000)?.bytesPerSecond).toBe(100_000);
  expect(seen.at(-1)?.bytesPerSecond).toBeLessThan(10_000);
  const { bytes: before } = seen.at(-1) ?? {};
  now += 1000;
  progress.addBytes(-100_000);
  expect(seen.at(-1)?.bytes).toBe(before);
});
