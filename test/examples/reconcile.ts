/**
 * Reconciling, in case a notification never came: compares the packages that you should serve with the folders that you
 * have, and says what to ingest and what to remove. Run it every hour or so.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, NotFoundError } from "app-store-alternative-distribution";
import { verifyPackage } from "app-store-alternative-distribution/ingest";

/** What to do, as package ids. */
export interface Plan {
  /** Ingest: there is no folder, or it is damaged. */
  readonly missing: string[];
  /** Ingest: the folder is of an earlier version. Only new assets are downloaded. */
  readonly outdated: string[];
  /** Call `removePackage`: the package should not be served, or does not exist any more. */
  readonly remove: string[];
}

interface PlanOptions {
  /** The folder with one folder per package, whose name is the package's id. */
  readonly directory: string;
  /** The ids of the packages that you should serve. */
  readonly wanted: readonly string[];
  /** The id of the version that a package's folder was made from: save `result.version.id` after each ingest. */
  readonly versionOf: (packageId: string) => string | undefined;
  /** The root that is trusted in place of Apple's, for the sandbox. */
  readonly trust?: string | undefined;
}

/** Makes one API call per package, and reads all files of the packages. */
export async function plan(client: Client, options: PlanOptions): Promise<Plan> {
  const { directory, wanted, versionOf, trust } = options;
  // A name with a dot is the staging folder of an ingest.
  const folders = (await readdir(directory)).filter((name) => !name.startsWith("."));
  const result: Plan = {
    missing: [],
    outdated: [],
    remove: folders.filter((name) => !wanted.includes(name)),
  };
  for (const packageId of wanted) {
    const exists = folders.includes(packageId);
    const current = await currentVersionOf(client, packageId);
    if (current === undefined) {
      if (exists) result.remove.push(packageId);
    } else if (!exists || !(await verifyPackage(join(directory, packageId), { trust })).valid) {
      result.missing.push(packageId);
    } else if (versionOf(packageId) !== current) {
      result.outdated.push(packageId);
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
