/**
 * The release job of a developer who distributes an app without the App Store, on the web or for a marketplace that
 * links to it. After Apple has approved a version, the job turns its package into a folder to upload.
 *
 * In CI: `APP_STORE_CONNECT_API_KEY_…=… npx tsx test/examples/self-hosting.ts com.example.app 1.2.3`
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { ingestPackage } from "app-store-alternative-distribution/ingest";

interface ReleaseOptions {
  readonly bundleId: string;
  /** The number of the approved version. */
  readonly versionString: string;
  /** Afterwards it holds `package/`, to be uploaded as it is, and `key-blobs.json`, which must stay private. */
  readonly directory: string;
  /** Time between two requests for the version, in ms. Default 30 s. */
  readonly pollInterval?: number | undefined;
  /** The root that is trusted in place of Apple's, for the sandbox. */
  readonly trust?: string | undefined;
}

/** Creates the package, waits until Apple has built it, and downloads it. A second run continues where it stopped. */
export async function release(client: Client, options: ReleaseOptions) {
  const { bundleId, versionString, directory, pollInterval, trust } = options;
  const { assets, manifest } = await ingestPackage(client, {
    bundleId,
    versionString,
    create: true,
    // Apple builds the first version within minutes. Deltas come later, as a newer version: then run the job again.
    wait: { pollInterval },
    directory: join(directory, "package"),
    keyBlobs: join(directory, "key-blobs.json"),
    trust,
  });
  return { bundleId: manifest.bundleId, version: manifest.shortVersionString, assets: assets.length };
}

async function main() {
  const [, , bundleId, versionString] = process.argv;
  if (!bundleId || !versionString) throw new Error("Give the app's bundle id and the version's number");
  const client = createClient(await credentialsFromEnv());
  console.log(await release(client, { bundleId, versionString, directory: "release" }));
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
