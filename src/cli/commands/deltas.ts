import type { Command } from "commander";
import { addAssetList } from "../assets.js";
import type { Context } from "../context.js";

export function addDeltas(program: Command, context: Context): void {
  const command = program
    .command("deltas")
    .summary("the deltas of a package version")
    .description(
      "Lists the deltas of a package version: updates from an earlier version each. Apple adds them some time after " +
        "the variants, in a newer version of the package.",
    );
  addAssetList(command, context, (client, versionId, options) =>
    client.versions.listDeltas(versionId, undefined, options),
  );
}
