import type { Command } from "commander";
import { addApiCommand, addGroup } from "../api-command.js";
import type { Context } from "../context.js";
import { readFlagFile } from "../flag-file.js";
import { id } from "../options.js";
import { table } from "../output.js";

export function addKeys(program: Command, context: Context): void {
  const group = addGroup(program, "keys", "list, register and remove public keys for install tokens");
  addApiCommand(group, context, {
    name: "list",
    isDefault: true,
    summary: "list the registered public keys",
    description: "Lists the registered public keys. A key's id is the key id of the tokens that it checks.",
    examples: ["adp keys list", "adp keys list --json"],
    async run(client, _, { signal }) {
      const data = await client.keys.list(undefined, { signal }).toArray();
      const rows = data.map(({ id, attributes }) => [id, attributes?.publicKey]);
      return { document: { data }, text: table([["ID", "PUBLIC KEY"], ...rows]) };
    },
  });
  addApiCommand<{ publicKey: string; appId?: string }>(group, context, {
    name: "create",
    summary: "register a public key",
    description:
      "Registers a public key and prints its id. If it is registered, for the app or for all apps of the account, it is " +
      "read, so the command can be repeated.",
    addOptions: (command) =>
      command
        .requiredOption("--public-key <file>", "PEM file of the P-256 public key, never of the private one")
        .option("--app-id <id>", "the app that the key is for (default: all apps of the account)", id),
    examples: [
      "adp keys create --public-key marketplace.pem",
      "adp keys create --public-key app.pem --app-id 6482123456",
    ],
    async run(client, flags, { env, signal, note }) {
      const { appId } = flags;
      const publicKey = await readFlagFile("--public-key", flags.publicKey, env);
      const { data } = await client.keys.ensure({ publicKey, appId }, { signal });
      if (appId !== undefined) {
        const ofAllApps = await client.keys.list({ "exists[app]": false }, { signal }).toArray();
        if (ofAllApps.some((key) => key.id === data.id))
          note(`note: this key is registered for all apps of the account, and not for app ${appId} alone`);
      }
      return { document: { data }, text: data.id };
    },
  });
  addApiCommand(group, context, {
    name: "delete",
    summary: "remove a public key",
    description: "Removes a public key. Install tokens signed with its private key are no longer accepted.",
    argument: ["<key-id>", "id of the key, as in adp keys list"],
    examples: ["adp keys delete $KEY"],
    async run(client, _, { argument, signal }) {
      await client.keys.delete(argument, { signal });
      return { document: { id: argument, removed: true }, text: `${argument}: removed` };
    },
  });
}
