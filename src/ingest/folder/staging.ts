import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Asset } from "../package/manifest.js";
import { orMissing, syncDirectory, writeSynced } from "./disk.js";
import type { Location } from "./location.js";

/**
 * Lays out the package folder in staging, with its two small files and room for the assets, and throws out what an
 * earlier run for another version left there, links and the like included. Gives the paths of the assets that stay.
 */
export async function layOut(
  { package: folder }: Location,
  content: { manifestBytes: Uint8Array; signatureBytes: Uint8Array; assets: readonly Asset[] },
): Promise<Set<string>> {
  const kinds = kindsOf(content.assets);
  const kept = new Set<string>();
  await mkdir(folder, { recursive: true });
  await keepOnly(folder, new Set(), new Set<string>(kinds));
  for (const kind of kinds) {
    const files = content.assets
      .filter((asset) => asset.kind === kind)
      .map((asset) => asset.path.slice(kind.length + 1));
    await mkdir(join(folder, kind), { recursive: true });
    for (const name of await keepOnly(join(folder, kind), new Set(files), new Set()))
      kept.add(`${kind}/${name}`);
  }
  await writeSynced(join(folder, "manifest.json"), content.manifestBytes, "wx");
  await writeSynced(join(folder, "signature"), content.signatureBytes, "wx");
  return kept;
}

function kindsOf(assets: readonly Asset[]): Asset["kind"][] {
  return (["variant", "delta"] as const).filter((kind) => assets.some((asset) => asset.kind === kind));
}

/** Deletes everything else; gives the names that stay. */
async function keepOnly(folder: string, files: Set<string>, folders: Set<string>): Promise<string[]> {
  const kept: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const wanted = entry.isFile() ? files : entry.isDirectory() ? folders : new Set();
    if (wanted.has(entry.name)) kept.push(entry.name);
    else await rm(join(folder, entry.name), { recursive: true, force: true });
  }
  return kept;
}

/** Makes the finished folder's entries last through a power cut; its files' content already does. */
export async function settle({ package: folder }: Location, assets: readonly Asset[]): Promise<void> {
  for (const kind of kindsOf(assets)) await syncDirectory(join(folder, kind));
  await syncDirectory(folder);
}

/** Deletes the staging folder, where it is. */
export async function clear({ staging }: Location): Promise<void> {
  await orMissing(rm(staging, { recursive: true, force: true }));
}

/** Deletes the staging folder if nothing is in it that a later run could use. */
export async function discardEmpty({ staging }: Location): Promise<void> {
  await rmdir(staging).catch(() => undefined);
}
