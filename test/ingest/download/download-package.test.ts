import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folders.js";
import { manifestOf, servePackage, variant } from "../support/package-server.js";
import { packageZip } from "../support/raw-zip.js";
import { ingestPackage } from "../support/trusted.js";

const assets = [variant("a", 100, 10), variant("b", 50)];

test("the zip's URL is renewed if it is refused", async () => {
  const server = await servePackage(assets);
  server.onCdn = (_, response) => server.cdn.length === 1 && !!response.writeHead(403).end();
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  expect(server.api.filter((path) => path.endsWith("/version"))).toHaveLength(2);
});

test("a zip that was damaged on the way is downloaded again", async () => {
  const server = await servePackage(assets);
  const whole = packageZip(manifestOf(assets));
  const damaged = Buffer.from(whole);
  damaged[60] = (damaged[60] ?? 0) ^ 1;
  let sent = 0;
  server.onCdn = (_, response, { id }) => {
    if (id !== "zip" || sent++ > 0) return false;
    response.end(damaged);
    return true;
  };
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  expect(server.cdn.filter(({ id }) => id === "zip")).toHaveLength(2);
});
