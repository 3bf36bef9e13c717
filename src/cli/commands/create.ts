import type { Command } from "commander";
import { addConnectionOptions, type ConnectionFlags, openClient } from "../connection.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../options.js";
import { writeResult } from "../output.js";

interface Flags extends ConnectionFlags {
  readonly appStoreVersionId: string;
}

export function addCreate(program: Command, context: Context): void {
  const command = program
    .command("create")
    .summary("create the package of an App Store version")
    .description(
      "Creates the package of an App Store version and prints the package's id. If the package exists, it is read, so " +
        "the command can be repeated. Only the app's developer can create a package.",
    )
    .requiredOption("--app-store-version-id <id>", "id of the App Store version");
  addConnectionOptions(addJsonOption(command));
  addExamples(command, [
    "adp create --app-store-version-id 6482123456",
    "adp create --app-store-version-id 6482123456 --json | jq -r .data.id",
    "adp create --app-store-version-id 6482123456 --key-file AuthKey_2X9R4HXF34.p8 --issuer-id 57246542-96fe-1a63-e053-0824d011072a",
  ]);
  command.action(async ({ appStoreVersionId, ...connection }: Flags) => {
    const client = await openClient(connection, context);
    const { data } = await client.packages.ensure({ appStoreVersionId }, { signal: context.signal });
    await writeResult(context, { data }, data.id);
  });
}
