import { existsSync } from "node:fs";
import type { Command } from "commander";
import { removePackage } from "../../ingest/index.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../options.js";
import { writeResult } from "../output.js";
import { addEndpointOption, type EndpointFlag, hasFiles, isUnfinished, placeOpener } from "../place.js";

export function addRemove(program: Command, context: Context): void {
  const command = program
    .command("remove")
    .summary("remove a package folder, or a package in a bucket")
    .description(
      "Removes a package folder in one step, together with the files of an unfinished ingest beside it. A folder that " +
        "holds anything else is refused. A folder that does not exist is not an error. In a bucket, the manifest is " +
        "deleted first. Needs no API key.",
    )
    .argument("<directory>", "the package folder, or s3://bucket/prefix");
  addEndpointOption(addJsonOption(command));
  addExamples(command, ["adp remove public/package", "adp remove s3://packages/1234"]);
  command.action(async (directory: string, flags: EndpointFlag) => {
    const place = await placeOpener(flags)(directory, "<directory>");
    const isFolder = typeof place === "string";
    const removed = isFolder
      ? existsSync(place) || (await isUnfinished(place))
      : await hasFiles(place, context.signal);
    await removePackage(place);
    const text = removed
      ? "removed"
      : `nothing to remove, the ${isFolder ? "folder does not exist" : "prefix is empty"}`;
    await writeResult(context, { directory, removed }, `${directory}: ${text}`);
  });
}
