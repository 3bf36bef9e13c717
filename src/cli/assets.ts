import type { Command } from "commander";
import type {
  AlternativeDistributionPackageDelta,
  AlternativeDistributionPackageVariant,
} from "../../generated/paths.js";
import type { CallOptions, Client, Paginated } from "../index.js";
import { addVersionChoice, findVersionId, type VersionChoice } from "./choice.js";
import { addConnectionOptions, type ConnectionFlags, connect } from "./connect.js";
import type { Context } from "./context.js";
import { addExamples, addJsonOption } from "./help.js";
import { writeResult } from "./output.js";
import { addSecretsOption, type SecretsFlag, withoutSecrets } from "./secrets.js";
import { table } from "./table.js";

type Asset = AlternativeDistributionPackageVariant | AlternativeDistributionPackageDelta;

/** What the two commands that list assets have in common: all but the list. */
export function addAssetList(
  command: Command,
  context: Context,
  list: (client: Client, versionId: string, options: CallOptions) => Paginated<Asset>,
): void {
  addConnectionOptions(addVersionChoice(addSecretsOption(addJsonOption(command))));
  addExamples(command, [
    `adp ${command.name()} --app-store-version-id 6482123456`,
    `adp ${command.name()} --version-id $VERSION --json | jq '.data | length'`,
  ]);
  command.action(async (flags: ConnectionFlags & VersionChoice & SecretsFlag) => {
    const client = await connect(flags);
    const { signal } = context;
    const versionId = await findVersionId(client, flags, signal);
    const assets = await list(client, versionId, { signal }).toArray();
    const rows = assets.map(({ id, attributes }) => [id, attributes?.fileChecksum]);
    const data = assets.map((asset) => withoutSecrets(asset, flags));
    await writeResult(context, { data }, table([["ID", "CHECKSUM"], ...rows]));
  });
}
