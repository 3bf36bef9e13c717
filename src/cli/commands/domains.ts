import type { Command } from "commander";
import { addApiCommand, addGroup } from "../api-command.js";
import type { Context } from "../context.js";
import { table } from "../output.js";

export function addDomains(program: Command, context: Context): void {
  const group = addGroup(program, "domains", "list, register and remove domains for web distribution");
  addApiCommand(group, context, {
    name: "list",
    isDefault: true,
    summary: "list the registered domains",
    description: "Lists the domains that are registered for distribution on the web.",
    examples: ["adp domains list", "adp domains list --json"],
    async run(client, _, { signal }) {
      const data = await client.domains.list(undefined, { signal }).toArray();
      const rows = data.map(({ id, attributes }) => [id, attributes?.domain, attributes?.referenceName]);
      return { document: { data }, text: table([["ID", "DOMAIN", "REFERENCE NAME"], ...rows]) };
    },
  });
  addApiCommand<{ name?: string }>(group, context, {
    name: "create",
    summary: "register a domain",
    description:
      "Registers a domain and prints its id. If it is registered, it is read, so the command can be repeated.",
    argument: ["<domain>", "host name, such as apps.example.com"],
    addOptions: (command) => command.option("--name <name>", "a name for people (default: the domain)"),
    examples: ["adp domains create apps.example.com", "adp domains create apps.example.com --name Apps"],
    async run(client, { name }, { argument: domain, signal, note }) {
      const { data } = await client.domains.ensure({ domain, referenceName: name ?? domain }, { signal });
      const kept = data.attributes?.referenceName;
      if (name !== undefined && kept !== name)
        note(`note: this domain existed, and its name is still ${kept}`);
      return { document: { data }, text: data.id };
    },
  });
  addApiCommand(group, context, {
    name: "delete",
    summary: "remove a domain",
    description: "Removes a domain. Apps can no longer be installed from it.",
    argument: ["<domain-id>", "id of the domain, as in adp domains list"],
    examples: ["adp domains delete $DOMAIN"],
    async run(client, _, { argument, signal }) {
      await client.domains.delete(argument, { signal });
      return { document: { id: argument, removed: true }, text: `${argument}: removed` };
    },
  });
}
