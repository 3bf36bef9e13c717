import type { Command } from "commander";
import { addAssetList } from "../assets.js";
import type { Context } from "../context.js";

export function addVariants(program: Command, context: Context): void {
  const command = program
    .command("variants")
    .summary("the variants of a package version")
    .description("Lists the variants of a package version: the app for one kind of device each.");
  addAssetList(command, context, (client, versionId, options) =>
    client.versions.listVariants(versionId, undefined, options),
  );
}
