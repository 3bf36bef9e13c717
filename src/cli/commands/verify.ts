import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type VerifyReport, verifyPackage } from "../../ingest/index.js";
import type { Context } from "../context.js";
import { EXIT_CODES } from "../exit.js";
import { addExamples, addJsonOption } from "../options.js";
import { firstLines, writeResult } from "../output.js";
import { addEndpointOption, type EndpointFlag, placeOpener } from "../place.js";
import { addTrustOption, readTrustFlag, type TrustFlag } from "../trust.js";

type Flags = TrustFlag & EndpointFlag & { readonly full?: true };

export function addVerify(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .summary("check a package's signature and files, in a folder, a bucket or where it is served")
    .description(
      "Checks Apple's signature of a package, and compares its files with the manifest: every file must be there with " +
        "the right digests, and no other file. At a URL, the files' lengths are compared, and with --full their bytes. " +
        `Needs no API key. The exit code is ${EXIT_CODES.verification} if anything is wrong.`,
    )
    .argument("<directory>", "the package folder, s3://bucket/prefix, or the https URL where it is served")
    .option("--full", "at a URL, also download every file and check its bytes");
  addEndpointOption(addJsonOption(addTrustOption(command)));
  addExamples(command, [
    "adp verify public/package",
    "adp verify https://cdn.example/packages/1234/ --full",
    "adp verify s3://packages/1234",
    "adp verify public/package --json | jq '.signature, .missing, .corrupt'",
  ]);
  command.action(async (place: string, { full, ...flags }: Flags) => {
    const trust = await readTrustFlag(flags, context.host.env);
    const content = full ? "full" : undefined;
    const options = { trust, content, signal: context.signal } as const;
    const isServed = /^https?:/i.test(place);
    const opened = isServed ? place : await placeOpener(flags)(place, "<directory>");
    const { manifest, ...report } = await verifyPackage(opened, options);
    if (!report.valid) context.exitCode = EXIT_CODES.verification;
    await writeResult(context, report, reportText(place, report, trust === undefined));
  });
}

function reportText(place: string, report: VerifyReport, isAppleTrusted: boolean): string {
  const { valid, missing, added, corrupt, checksumMismatches = [] } = report;
  const isThere = /^(https?|s3):/i.test(place) || existsSync(`${place}/.`);
  return [
    `${place}: ${valid ? "valid" : "NOT valid"}${isThere ? "" : ": there is no such folder"}`,
    signatureText(report, isAppleTrusted),
    ...firstLines(missing.map((path) => `missing  ${path}`)),
    ...firstLines(added.map((path) => `added    ${path}`)),
    ...firstLines(corrupt.map(({ path, reason }) => `corrupt  ${path}: ${reason}`)),
    ...firstLines(
      checksumMismatches.map(({ path }) => `note: the SHA-256 of ${path} is not the signature's hash2`),
    ),
  ].join("\n");
}

/** Only Apple's root makes a signature Apple's. */
function signatureText({ signature }: VerifyReport, isAppleTrusted: boolean): string {
  const { valid, signedAt, reason, message } = signature;
  if (!valid) return `signature invalid (${reason}): ${message}`;
  const day = signedAt?.toISOString().slice(0, 10);
  return isAppleTrusted
    ? `Signed by Apple on ${day}`
    : `Signed on ${day}, not by Apple: under the root in --trust`;
}
