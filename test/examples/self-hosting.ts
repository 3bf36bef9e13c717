/**
 * The release job of a developer who distributes an app without the App Store, on the web or for a marketplace that
 * links to it. After Apple has approved a version, the job turns its package into a folder to upload.
 *
 * In CI: `APP_STORE_VERSION_ID=… APP_STORE_CONNECT_API_KEY_…=… npx tsx test/examples/self-hosting.ts`
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { ingestPackage } from "app-store-alternative-distribution/ingest";

interface ReleaseOptions {
  readonly appStoreVersionId: string;
  /** Afterwards it holds `package/`, to be uploaded as it is, and `key-blobs.json`, which must stay private. */
  readonly directory: string;
  /** Time between two requests for the version, in ms. Default 30 s. */
  readonly pollInterval?: number | undefined;
  /** The root that is trusted in place of Apple's, for the sandbox. */
  readonly trust?: string | undefined;
}

/** Creates the package, waits until Apple has built it, and downloads it. A second run continues where it stopped. */
export async function release(client: Client, options: ReleaseOptions) {
  const { appStoreVersionId, directory, pollInterval, trust } = options;
  const { data } = await client.packages.ensure({ appStoreVersionId });
  // Apple builds the first version within minutes. Deltas come later, as a newer version: then run the job again.
  const version = await client.packages.waitForCurrentVersion(data.id, { pollInterval });
  const { assets, manifest } = await ingestPackage(client, {
    versionId: version.id,
    directory: join(directory, "package"),
    keyBlobFile: join(directory, "key-blobs.json"),
    trust,
  });
  return { bundleId: manifest.bundleId, version: manifest.shortVersionString, assets: assets.length };
}

async function main() {
  const { APP_STORE_VERSION_ID: appStoreVersionId } = process.env;
  if (!appStoreVersionId) throw new Error("Set APP_STORE_VERSION_ID to the id of the App Store version");
  const client = createClient(await credentialsFromEnv());
  console.log(await release(client, { appStoreVersionId, directory: "release" }));
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
