/**
 * The first program: lists what Apple built for a version of an app.
 *
 * With an API key in the environment: `npx tsx test/examples/first-program.ts com.example.app 1.2.3`
 */
import { pathToFileURL } from "node:url";
import { type Client, createClient, NotFoundError } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";

/** One line for the package and its current version, and one for each variant and delta. */
export async function listAssets(client: Client, bundleId: string, versionString: string): Promise<string[]> {
  const { id } = await client.appStoreVersions.find({ bundleId, versionString });
  const { data } = await client.packages.getForAppStoreVersion(id);
  const version = await client.packages.currentVersion(data.id);
  if (!version) return [`package ${data.id} has no version yet`];
  const lines = [`package ${data.id}, version ${version.id}`];
  for await (const variant of client.versions.listVariants(version.id)) lines.push(`variant ${variant.id}`);
  for await (const delta of client.versions.listDeltas(version.id)) lines.push(`delta ${delta.id}`);
  return lines;
}

async function main() {
  const [, , bundleId, versionString] = process.argv;
  if (!bundleId || !versionString) throw new Error("Give the app's bundle id and the version's number");
  const client = createClient(await credentialsFromEnv());
  try {
    for (const line of await listAssets(client, bundleId, versionString)) console.log(line);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // Without a status, it says which versions the app has.
    if (error.status === undefined) console.log(error.message);
    else console.log("There is no package yet: client.packages.create creates it");
  }
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
