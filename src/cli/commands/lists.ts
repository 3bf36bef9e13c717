import type { Command } from "commander";
import type {
  AlternativeDistributionPackageDelta,
  AlternativeDistributionPackageVariant,
} from "../../../generated/paths.js";
import type { CallOptions, Client, Paginated } from "../../index.js";
import { withoutSecrets } from "../../redact.js";
import { addConnectionOptions, type ConnectionFlags, openClient } from "../connection.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption, addSecretsOption, type SecretsFlag } from "../options.js";
import { table, writeResult } from "../output.js";
import {
  addPackageOptions,
  addVersionOptions,
  findPackageId,
  findVersionId,
  type PackageFlags,
  type VersionFlags,
} from "../package-options.js";

export function addVersions(program: Command, context: Context): void {
  const command = program
    .command("versions")
    .summary("list the versions of a package")
    .description("Lists the versions of a package: the current one is COMPLETED, earlier ones are REPLACED.");
  addConnectionOptions(addPackageOptions(addSecretsOption(addJsonOption(command))));
  addExamples(command, [
    "adp versions --package-id $PACKAGE",
    `adp versions --bundle-id com.example.app --app-version 1.2.3 --json | jq -r '.data[].id'`,
  ]);
  command.action(async (flags: ConnectionFlags & PackageFlags & SecretsFlag) => {
    const client = await openClient(flags, context);
    const { signal } = context;
    const packageId = await findPackageId(client, flags, signal);
    const versions = await client.packages.listVersions(packageId, undefined, { signal }).toArray();
    const rows = versions.map(({ id, attributes }) => [id, attributes?.version, attributes?.state]);
    const data = flags.secrets ? versions : versions.map(withoutSecrets);
    await writeResult(context, { data }, table([["ID", "NUMBER", "STATE"], ...rows]));
  });
}

export function addVariants(program: Command, context: Context): void {
  const command = program
    .command("variants")
    .summary("list the variants of a package version")
    .description("Lists the variants of a package version. Each variant is the app for one kind of device.");
  addAssetList(command, context, (client, versionId, options) =>
    client.versions.listVariants(versionId, undefined, options),
  );
}

export function addDeltas(program: Command, context: Context): void {
  const command = program
    .command("deltas")
    .summary("list the deltas of a package version")
    .description(
      "Lists the deltas of a package version. Each delta is the update from one earlier version. Apple adds them some " +
        "time after the variants, in a newer version of the package.",
    );
  addAssetList(command, context, (client, versionId, options) =>
    client.versions.listDeltas(versionId, undefined, options),
  );
}

type Asset = AlternativeDistributionPackageVariant | AlternativeDistributionPackageDelta;

function addAssetList(
  command: Command,
  context: Context,
  list: (client: Client, versionId: string, options: CallOptions) => Paginated<Asset>,
): void {
  addConnectionOptions(addVersionOptions(addSecretsOption(addJsonOption(command))));
  addExamples(command, [
    `adp ${command.name()} --bundle-id com.example.app --app-version 1.2.3`,
    `adp ${command.name()} --version-id $VERSION --json | jq '.data | length'`,
  ]);
  command.action(async (flags: ConnectionFlags & VersionFlags & SecretsFlag) => {
    const client = await openClient(flags, context);
    const { signal } = context;
    const versionId = await findVersionId(client, flags, signal);
    const assets = await list(client, versionId, { signal }).toArray();
    const rows = assets.map(({ id, attributes }) => [id, attributes?.fileChecksum]);
    const data = flags.secrets ? assets : assets.map(withoutSecrets);
    await writeResult(context, { data }, table([["ID", "CHECKSUM"], ...rows]));
  });
}
