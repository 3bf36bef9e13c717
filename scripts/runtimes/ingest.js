// The part that needs a file system: a package is ingested from the sandbox's server, verified and removed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { ingestPackage, removePackage, verifyPackage } from "app-store-alternative-distribution/ingest";
import { createSandbox } from "app-store-alternative-distribution/sandbox";

export async function ingest() {
  const sandbox = createSandbox({ seed: 1 });
  const server = await sandbox.listen();
  const folder = await mkdtemp(join(tmpdir(), "runtimes-"));
  try {
    const { keyId, issuerId, privateKey } = sandbox.credentials;
    const credentials = await credentialsFromEnv({
      APP_STORE_CONNECT_API_KEY_KEY_ID: keyId,
      APP_STORE_CONNECT_API_KEY_ISSUER_ID: issuerId,
      APP_STORE_CONNECT_API_KEY_KEY: privateKey,
    });
    const client = createClient({ ...credentials, baseUrl: server.url });
    const { id } = sandbox.addAppStoreVersion({ variants: 5, assetBytes: 300_000, chunkSize: 65_536 });
    const { packageId } = sandbox.publishVersion(id, { deltas: 2 });
    const directory = join(folder, "package");
    sandbox.faults.add({ on: "cdn", reset: "mid-body", after: 2, times: 2 });
    const { assets } = await ingestPackage(client, { packageId, directory, trust: sandbox.trust });
    if (assets.length !== 7) throw new Error(`${assets.length} assets instead of 7`);
    const { valid } = await verifyPackage(directory, { trust: sandbox.trust });
    if (!valid) throw new Error("the ingested folder is not valid");
    await removePackage(directory);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
