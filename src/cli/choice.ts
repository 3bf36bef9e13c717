import { type Command, Option } from "commander";
import type { Client } from "../client.js";

/** A package, named by one of two ids. */
export type PackageChoice =
  | { readonly appStoreVersionId: string; readonly packageId?: undefined }
  | { readonly appStoreVersionId?: undefined; readonly packageId: string };

/** A package version: the current one of a package, or one named by its own id. */
export type VersionChoice =
  | (PackageChoice & { readonly versionId?: undefined })
  | { readonly appStoreVersionId?: undefined; readonly packageId?: undefined; readonly versionId: string };

const appStoreVersion = ["appStoreVersionId", "--app-store-version-id", "of an App Store version"] as const;
const ofPackage = ["packageId", "--package-id", "of a package"] as const;
const ofVersion = ["versionId", "--version-id", "of a version of a package, current or not"] as const;

type IdOption = readonly [name: string, flag: string, description: string];

/** Options of which exactly one has to be given. */
function addIds(command: Command, ids: readonly IdOption[]): Command {
  for (const [own, flag, description] of ids) {
    const others = ids.map(([name]) => name).filter((name) => name !== own);
    command.addOption(new Option(`${flag} <id>`, `id ${description}`).conflicts(others));
  }
  return command.hook("preAction", (_, { opts }) => {
    const given = opts.call(command);
    if (ids.some(([name]) => given[name] !== undefined)) return;
    command.error(`error: missing id: give ${ids.map(([, flag]) => flag).join(" or ")}`);
  });
}

/** The flags of a {@link PackageChoice}. */
export function addPackageChoice(command: Command): Command {
  return addIds(command.optionsGroup("Which package (one of):"), [appStoreVersion, ofPackage]);
}

/** The flags of a {@link VersionChoice}. */
export function addVersionChoice(command: Command): Command {
  command.optionsGroup("Which package version (one of; of a package the current one):");
  return addIds(command, [appStoreVersion, ofPackage, ofVersion]);
}

/** The id of the chosen package. */
export async function findPackageId(
  client: Client,
  choice: PackageChoice,
  signal: AbortSignal,
): Promise<string> {
  if (choice.packageId !== undefined) return choice.packageId;
  return (await client.packages.getIdForAppStoreVersion(choice.appStoreVersionId, { signal })).data.id;
}

/** The id of the chosen version. @throws Error if the package has no current one. */
export async function findVersionId(
  client: Client,
  choice: VersionChoice,
  signal: AbortSignal,
): Promise<string> {
  if (choice.versionId !== undefined) return choice.versionId;
  const packageId = await findPackageId(client, choice, signal);
  const version = await client.packages.currentVersion(packageId, { signal });
  if (version) return version.id;
  throw new Error(
    `package ${packageId} has no current version yet: adp status --package-id ${packageId} --wait waits for it`,
  );
}
