import { existsSync } from "node:fs";
import type { Command } from "commander";
import { abortable } from "../../abort.js";
import { type VerifyReport, verifyPackage } from "../../ingest/index.js";
import type { Context } from "../context.js";
import { EXIT_CODES } from "../exit.js";
import { addExamples, addJsonOption } from "../options.js";
import { firstLines, writeResult } from "../output.js";

export function addVerify(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .summary("compare a package folder with its manifest")
    .description(
      "Compares a package folder with its manifest: every file must be there with the right digests, and no other file. " +
        `Needs no API key. The exit code is ${EXIT_CODES.verification} if anything is wrong.`,
    )
    .argument("<directory>", "the package folder");
  addJsonOption(command);
  addExamples(command, [
    "adp verify public/package",
    "adp verify public/package --json | jq '.missing, .corrupt'",
  ]);
  command.action(async (directory: string) => {
    const { manifest, ...report } = await abortable(verifyPackage(directory), context.signal);
    if (!report.valid) context.exitCode = EXIT_CODES.verification;
    await writeResult(context, report, reportText(directory, report));
  });
}

function reportText(directory: string, { valid, missing, added, corrupt }: VerifyReport): string {
  if (valid) return `${directory}: valid`;
  return [
    `${directory}: NOT valid${existsSync(directory) ? "" : ": there is no such folder"}`,
    ...firstLines(missing.map((path) => `missing  ${path}`)),
    ...firstLines(added.map((path) => `added    ${path}`)),
    ...firstLines(corrupt.map(({ path, reason }) => `corrupt  ${path}: ${reason}`)),
  ].join("\n");
}
