/**
 * The release job of a developer who distributes an app on the web or through a marketplace that links to it: once Apple
 * has approved a version, its package becomes a folder to upload. Runs in CI with one secret and one id:
 *
 * `APP_STORE_VERSION_ID=… APP_STORE_CONNECT_API_KEY_…=… npx tsx test/examples/self-hosting.ts`
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { ingestPackage } from "app-store-alternative-distribution/ingest";

interface Release {
  readonly appStoreVersionId: string;
  /** Gets `package/`, to be uploaded as it is, and `key-blobs.json`, which is not for the public. */
  readonly directory: string;
  /** Ms between two looks for the version; default 30 s. */
  readonly pollInterval?: number;
}

/** Makes the package, waits until Apple has built it, and downloads it. Run again, it goes on where it stopped. */
export async function release(client: Client, { appStoreVersionId, directory, pollInterval }: Release) {
  const { data } = await client.packages.ensure({ appStoreVersionId });
  // Apple builds the first version within minutes; deltas come later, as a newer version: run the job again then.
  const version = await client.packages.waitForCurrentVersion(data.id, { pollInterval });
  const { assets, manifest } = await ingestPackage(client, {
    versionId: version.id,
    directory: join(directory, "package"),
    keyBlobFile: join(directory, "key-blobs.json"),
  });
  return { bundleId: manifest.bundleId, version: manifest.shortVersionString, assets: assets.length };
}

async function main() {
  const { APP_STORE_VERSION_ID: appStoreVersionId } = process.env;
  if (!appStoreVersionId) throw new Error("APP_STORE_VERSION_ID is not set");
  const client = createClient(await credentialsFromEnv());
  console.log(await release(client, { appStoreVersionId, directory: "release" }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
