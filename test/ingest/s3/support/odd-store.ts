import { s3Store } from "../../../../src/s3/index.js";
import { startS3Server } from "../../../support/s3-server.js";
import { a, app, b } from "../../support/existing-package.js";
import { servePackage, variant } from "../../support/package-server.js";
import { TestClock } from "../../support/test-clock.js";
import { ingest as ingestOn } from "../../support/trusted.js";

/** Is stored by an upload in two parts. */
export const large = variant("large", 8_400_000, 5_300_000);

/** A package of two assets, and a store in which a test can change every answer. */
export async function start(asset = b) {
  const server = await startS3Server();
  const served = await servePackage([a, asset]);
  served.publish([a, asset], { ...app, distributionPackageRevision: 1 });
  const client = server.client({ maxAttempts: 1 });
  const store = s3Store({ client, bucket: server.bucketName, prefix: "p" });
  const ingest = () => ingestOn(served.client, { versionId: "version", store }, new TestClock());
  return { server, served, store, ingest };
}
