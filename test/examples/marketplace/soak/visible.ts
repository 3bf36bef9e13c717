/** Reads what devices see while the marketplace works: a served package has all that its manifest names, with the right bytes. */
import { createHash } from "node:crypto";
import type { Manifest, ManifestVariant } from "app-store-alternative-distribution/ingest";
import type { Database } from "../database.js";

type Get = (path: string) => Promise<Response>;

/** Reads one served package, chosen by a number from 0 to 1. Returns what is wrong with it, or `undefined`. */
export async function checkServedPackage(
  database: Database,
  get: Get,
  choice: number,
): Promise<string | undefined> {
  const [served] = await database.sql<{
    id: string;
    version: string;
  }>`select package_id as id, version_id as version
    from marketplace.served order by package_id offset floor(${choice}::float8 * (select count(*) from marketplace.served))::int limit 1`;
  if (!served) return undefined;
  const problem = await checkPackage(get, `/packages/${served.id}`);
  if (problem === undefined) return undefined;
  // If it was taken down or replaced during the check, a device would read the manifest again.
  const [still] =
    await database.sql`select 1 from marketplace.served where package_id = ${served.id} and version_id = ${served.version}`;
  return still ? `package ${served.id}: ${problem}` : undefined;
}

async function checkPackage(get: Get, url: string): Promise<string | undefined> {
  const manifest = await readManifest(get, url);
  const problem = await checkAssets(get, url, manifest);
  // A worker replaces the folder before it notes the version: what counts is that the manifest is still the same.
  return problem !== undefined && manifest === (await readManifest(get, url)) ? problem : undefined;
}

async function readManifest(get: Get, url: string): Promise<string | number> {
  const answer = await get(`${url}/manifest.json`);
  return answer.ok ? answer.text() : answer.status;
}

async function checkAssets(get: Get, url: string, text: string | number): Promise<string | undefined> {
  if (typeof text === "number") return `manifest.json: ${text}`;
  const manifest: Manifest = JSON.parse(text);
  for (const { assetPath, variantDetails } of manifest.variants) {
    const variant = await get(`${url}/${assetPath}`);
    if (!variant.ok) return `${assetPath}: ${variant.status}`;
    const bytes = new Uint8Array(await variant.arrayBuffer());
    if (bytes.length !== variantDetails.compressedSize) return `${assetPath}: ${bytes.length} bytes`;
    const expected = digestOf(variantDetails);
    const found = createHash("sha256").update(bytes).digest("hex");
    if (expected !== undefined && expected !== found) return `${assetPath}: wrong bytes`;
  }
  return undefined;
}

/** The assets of the soak test have one chunk. Some manifests have no digests of the file as it is served. */
function digestOf({ hashes }: ManifestVariant["variantDetails"]): string | undefined {
  return hashes?.[0]?.encryptedChunkDigests?.[0];
}
