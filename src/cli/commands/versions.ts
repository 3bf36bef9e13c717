import type { Command } from "commander";
import { addPackageChoice, findPackageId, type PackageChoice } from "../choice.js";
import { addConnectionOptions, type ConnectionFlags, connect } from "../connect.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { writeResult } from "../output.js";
import { addSecretsOption, type SecretsFlag, withoutSecrets } from "../secrets.js";
import { table } from "../table.js";

export function addVersions(program: Command, context: Context): void {
  const command = program
    .command("versions")
    .summary("the versions of a package")
    .description("Lists the versions of a package: the current one is COMPLETED, earlier ones are REPLACED.");
  addConnectionOptions(addPackageChoice(addSecretsOption(addJsonOption(command))));
  addExamples(command, [
    "adp versions --package-id $PACKAGE",
    `adp versions --app-store-version-id 6482123456 --json | jq -r '.data[].id'`,
  ]);
  command.action(async (flags: ConnectionFlags & PackageChoice & SecretsFlag) => {
    const client = await connect(flags);
    const { signal } = context;
    const packageId = await findPackageId(client, flags, signal);
    const versions = await client.packages.listVersions(packageId, undefined, { signal }).toArray();
    const rows = versions.map(({ id, attributes }) => [id, attributes?.version, attributes?.state]);
    const data = versions.map((version) => withoutSecrets(version, flags));
    await writeResult(context, { data }, table([["ID", "NUMBER", "STATE"], ...rows]));
  });
}
