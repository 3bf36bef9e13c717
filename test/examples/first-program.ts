/**
 * The first program: lists what Apple built for an App Store version.
 *
 * With an API key in the environment: `npx tsx test/examples/first-program.ts <id of the App Store version>`
 */
import { pathToFileURL } from "node:url";
import { type Client, createClient, NotFoundError } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";

/** One line for the package and its current version, and one for each variant and delta. */
export async function listAssets(client: Client, appStoreVersionId: string): Promise<string[]> {
  const { data } = await client.packages.getForAppStoreVersion(appStoreVersionId);
  const version = await client.packages.currentVersion(data.id);
  if (!version) return [`package ${data.id} has no version yet`];
  const lines = [`package ${data.id}, version ${version.id}`];
  for await (const variant of client.versions.listVariants(version.id)) lines.push(`variant ${variant.id}`);
  for await (const delta of client.versions.listDeltas(version.id)) lines.push(`delta ${delta.id}`);
  return lines;
}

async function main() {
  const [, , appStoreVersionId] = process.argv;
  if (!appStoreVersionId) throw new Error("Give the id of an App Store version as the first argument");
  const client = createClient(await credentialsFromEnv());
  try {
    for (const line of await listAssets(client, appStoreVersionId)) console.log(line);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    console.log("There is no package yet: client.packages.create creates it");
  }
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
