import { existsSync } from "node:fs";
import type { Command } from "commander";
import { removePackage } from "../../ingest/index.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { writeResult } from "../output.js";

export function addRemove(program: Command, context: Context): void {
  const command = program
    .command("remove")
    .summary("take a package folder down")
    .description(
      "Takes a package folder down in one step, with what an unfinished ingest left beside it. A folder that holds " +
        "anything else is refused; one that is not there is fine. Needs no API key.",
    )
    .argument("<directory>", "the package folder");
  addJsonOption(command);
  addExamples(command, ["adp remove public/package"]);
  command.action(async (directory: string) => {
    const removed = existsSync(directory);
    await removePackage(directory);
    const text = removed ? "removed" : "was not there; nothing left of it now";
    await writeResult(context, { directory, removed }, `${directory}: ${text}`);
  });
}
