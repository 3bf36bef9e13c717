import type { Command } from "commander";
import { addApiCommand } from "../api-command.js";
import type { Context } from "../context.js";
import {
  type AppStoreVersionFlags,
  addAppStoreVersionOptions,
  findAppStoreVersionId,
} from "../package-options.js";

export function addCreate(program: Command, context: Context): void {
  addApiCommand<AppStoreVersionFlags>(program, context, {
    name: "create",
    summary: "create the package of an App Store version",
    description:
      "Creates the package of an App Store version and prints the package's id. If the package exists, it is read, so " +
      "the command can be repeated. Only the app's developer can create a package.",
    addOptions: addAppStoreVersionOptions,
    examples: [
      "adp create --app-store-version-id $ID",
      "adp create --bundle-id com.example.app --app-version 1.2.3",
      "adp create --app-store-version-id $ID --json | jq -r .data.id",
      "adp create --app-store-version-id $ID --key-file AuthKey_2X9R4HXF34.p8 --issuer-id 57246542-96fe-1a63-e053-0824d011072a",
    ],
    async run(client, flags, { signal }) {
      const appStoreVersionId = await findAppStoreVersionId(client, flags, signal);
      const { data } = await client.packages.ensure({ appStoreVersionId }, { signal });
      return { document: { data }, text: data.id };
    },
  });
}
