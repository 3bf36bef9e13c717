import { join } from "node:path";
import { expect, test } from "vitest";
import type { IngestOptions } from "../../src/ingest/index.js";
import { failure } from "../support/client.js";
import { temporaryFolder } from "./support/folders.js";
import { servePackage, variant } from "./support/package-server.js";
import { ingestPackage } from "./support/trusted.js";

const assets = [variant("a", 5000)];

const ids = "versionId, packageId, appStoreVersionId, bundleId";

test.each<[object, string]>([
  [{}, `${ids}: expected exactly one of them, got none`],
  [{ versionId: "a", packageId: "b" }, `${ids}: expected exactly one of them, got versionId and packageId`],
  [{ bundleId: "a" }, "versionString: expected a non-empty string, got undefined"],
  [
    { appStoreVersionId: "a", versionString: "1" },
    "versionString: expected a bundleId with it, got appStoreVersionId",
  ],
  [{ packageId: "a", create: true }, "create: expected appStoreVersionId or bundleId with it, got packageId"],
  [{ appStoreVersionId: "a", create: "yes" }, 'create: expected a boolean, got "yes"'],
  [{ versionId: "a", wait: true }, "wait: expected another id with it, got versionId"],
  [{ packageId: "a", wait: 5 }, "wait: expected a boolean or an object, got 5"],
  [
    { packageId: "a", wait: { timeout: 0 } },
    "wait.timeout: expected a number from 1 to 2147483647 (ms), got 0",
  ],
  [{ versionId: "" }, 'versionId: expected an id, got ""'],
  [{ versionId: "a", directory: "" }, 'directory: expected a path, got ""'],
  [{ versionId: "a", directory: "a\0" }, 'directory: expected a path without NUL characters, got "a\\u0000"'],
  [{ versionId: "a", directory: "/" }, 'directory: expected a folder that is not the root, got "/"'],
  [{ versionId: "a", concurrency: 0 }, "concurrency: expected a whole number from 1 to 256, got 0"],
  [{ versionId: "a", concurrency: 1.5 }, "concurrency: expected a whole number from 1 to 256, got 1.5"],
  [
    { versionId: "a", stallTimeout: Number.NaN },
    "stallTimeout: expected a number from 1 to 2147483647 (ms), got NaN",
  ],
  [{ versionId: "a", reuse: "" }, 'reuse: expected a path, got ""'],
  [{ versionId: "a", keyBlobFile: 5 }, "keyBlobFile: expected a path, got 5"],
  [{ versionId: "a", onProgress: 5 }, "onProgress: expected a function, got 5"],
  [{ versionId: "a", signal: 5 }, "signal: expected an AbortSignal, got number"],
  [{ versionId: "a", signal: new AbortController() }, "signal: expected an AbortSignal, got object"],
  [{ versionId: "a", fetch: 5 }, "fetch: expected a function, got 5"],
])("wrong options %o are named", async (options, message) => {
  const server = await servePackage(assets);
  const all = { directory: join(temporaryFolder(), "p"), ...options };
  // Wrong on purpose, as a JavaScript caller may pass them.
  const error = await failure(ingestPackage(server.client, all as IngestOptions));
  expect(error).toBeInstanceOf(TypeError);
  expect((error as TypeError).message).toBe(message);
  expect(server.api).toEqual([]);
});
