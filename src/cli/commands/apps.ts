import type { Command } from "commander";
import { addApiCommand } from "../api-command.js";
import { type AppFlags, addAppOptions, findAppId } from "../app-options.js";
import type { Context } from "../context.js";
import { table } from "../output.js";

export function addApps(program: Command, context: Context): void {
  addApiCommand<AppFlags>(program, context, {
    name: "apps",
    summary: "list the apps, or an app's App Store versions with their ids",
    description:
      "Lists the apps that the API key can see. With --app-id or --bundle-id, lists that app's App Store versions: the " +
      "ids that other commands take as --app-store-version-id.",
    addOptions: (command) => addAppOptions(command, { isOptional: true }),
    examples: ["adp apps", "adp apps --bundle-id com.example.app", "adp apps --json | jq -r '.data[].id'"],
    async run(client, flags, { signal }) {
      const appId = await findAppId(client, flags, signal);
      if (appId === undefined) {
        const data = await client.apps.list(undefined, { signal }).toArray();
        const rows = data.map(({ id, attributes }) => [id, attributes?.bundleId, attributes?.name]);
        return { document: { data }, text: table([["ID", "BUNDLE ID", "NAME"], ...rows]) };
      }
      const data = await client.appStoreVersions.list(appId, undefined, { signal }).toArray();
      const rows = data.map(({ id, attributes }) => [
        id,
        attributes?.versionString,
        attributes?.platform,
        attributes?.appVersionState,
      ]);
      return { document: { data }, text: table([["ID", "NUMBER", "PLATFORM", "STATE"], ...rows]) };
    },
  });
}
