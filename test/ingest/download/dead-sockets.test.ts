import type { Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { STALL_TIMEOUT } from "../support/faulty-cdn.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest, verifyPackage } from "../support/trusted.js";

/** Many assets, so that connections are used again. */
const assets = Array.from({ length: 20 }, (_, index) => variant(`v${index}`, 1000 + index));

test.each(["closes", "drops without a word"])(
  "a CDN that %s every connection after one response",
  async (how) => {
    const server = await servePackage(assets);
    const clock = new TestClock();
    const used = new WeakSet<Socket>();
    let dead = 0;
    server.onCdn = ({ socket }) => {
      if (!used.has(socket)) {
        used.add(socket);
        return false;
      }
      dead += 1;
      if (how === "closes") socket.destroy();
      else setImmediate(() => clock.pass(STALL_TIMEOUT));
      return true;
    };
    const directory = join(temporaryFolder(), "p");
    // One at a time where time passes: it would pass for the others too.
    const concurrency = how === "closes" ? 4 : 1;
    const options = { versionId: "version", directory, concurrency, stallTimeout: STALL_TIMEOUT };
    await ingest(server.client, options, clock);
    expect(dead).toBeGreaterThan(0);
    // No try was counted, so no download had to wait.
    expect(clock.retryDelays).toEqual([]);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  },
);

test("a server that closes all connections without a response is given up", async () => {
  const server = await servePackage(assets.slice(0, 1));
  server.onCdn = (_, response, { id }) => id !== "zip" && !!response.destroy();
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingest(server.client, options, new TestClock()))).toMatchObject({
    reason: "download",
  });
});
