import { existsSync } from "node:fs";
import type { Command } from "commander";
import { removePackage } from "../../ingest/index.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../options.js";
import { writeResult } from "../output.js";

export function addRemove(program: Command, context: Context): void {
  const command = program
    .command("remove")
    .summary("remove a package folder")
    .description(
      "Removes a package folder in one step, together with the files of an unfinished ingest beside it. A folder that " +
        "holds anything else is refused. A folder that does not exist is no error. Needs no API key.",
    )
    .argument("<directory>", "the package folder");
  addJsonOption(command);
  addExamples(command, ["adp remove public/package"]);
  command.action(async (directory: string) => {
    const removed = existsSync(directory);
    await removePackage(directory);
    const text = removed ? "removed" : "nothing to remove, the folder does not exist";
    await writeResult(context, { directory, removed }, `${directory}: ${text}`);
  });
}
