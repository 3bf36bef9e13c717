/**
 * Reconciling, for the notification that never came: compares the packages that should be served with the folders that
 * are, and says what to ingest and what to take down. Run it every hour or so.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, NotFoundError } from "app-store-alternative-distribution";
import { verifyPackage } from "app-store-alternative-distribution/ingest";

/** What there is to do, by package id. */
export interface Plan {
  /** No folder, or one that is damaged: ingest. */
  readonly missing: string[];
  /** A folder of an earlier version: ingest, which fetches only what is new. */
  readonly stale: string[];
  /** A folder whose package should not be served, or does not exist any more: removePackage. */
  readonly remove: string[];
}

/**
 * Two calls a package. `served` gives the id of the version that a folder was made from: keep it where you keep your
 * packages (`result.version.id` of the ingest).
 */
export async function plan(
  client: Client,
  directory: string,
  wanted: readonly string[],
  served: (packageId: string) => string | undefined,
): Promise<Plan> {
  const folders = (await readdir(directory)).filter((name) => !name.startsWith("."));
  const result: Plan = { missing: [], stale: [], remove: folders.filter((name) => !wanted.includes(name)) };
  for (const packageId of wanted) {
    const stands = folders.includes(packageId);
    const current = await currentVersionOf(client, packageId);
    if (current === undefined) {
      if (stands) result.remove.push(packageId);
    } else if (!stands || !(await verifyPackage(join(directory, packageId))).valid) {
      result.missing.push(packageId);
    } else if (served(packageId) !== current) {
      result.stale.push(packageId);
    }
  }
  return result;
}

async function currentVersionOf(client: Client, packageId: string): Promise<string | undefined> {
  try {
    return (await client.packages.currentVersion(packageId))?.id;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
