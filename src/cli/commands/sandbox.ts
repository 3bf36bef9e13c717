import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { abortable } from "../../abort.js";
import { createSandbox } from "../../sandbox/index.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { Interrupted } from "../interrupt.js";
import { seconds, wholeNumber } from "../numbers.js";
import { writeResult } from "../output.js";
import { describeSandbox } from "../sandbox-text.js";

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly seed: string;
  readonly versions: number;
  readonly variants: number;
  readonly deltas: number;
  readonly assetBytes: number;
  readonly versionDelay?: number;
  readonly urlLifetime: number;
  readonly perHour: number;
  readonly perMinute?: number;
}

export function addSandbox(program: Command, context: Context): void {
  const command = program
    .command("sandbox")
    .summary("a local App Store Connect to try all this against")
    .description(
      "Serves a local App Store Connect with the alternative-distribution endpoints and a CDN, and prints how to reach " +
        "it. Its API key is in a file, which is gone with the sandbox. Runs until Ctrl-C, then exits with 0.",
    );
  addJsonOption(command)
    .option("--port <port>", "port to listen on, 0 for a free one", wholeNumber(0, 65_535), 8080)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--seed <seed>", "the same ids, key and bytes each time", "1")
    .option("--versions <number>", "App Store versions to begin with", wholeNumber(0, 10_000), 1)
    .option("--variants <number>", "variants in each package", wholeNumber(0, 50_000), 2)
    .option("--deltas <number>", "deltas in each package", wholeNumber(0, 50_000), 0)
    .option("--asset-bytes <bytes>", "size of each variant and delta", wholeNumber(0), 65_536)
    .option(
      "--version-delay <seconds>",
      "time until a package's version is COMPLETED (default: none)",
      seconds,
    )
    .option("--url-lifetime <seconds>", "time until a signed URL expires", seconds, 3600)
    .option("--per-hour <requests>", "rate limit of a key", wholeNumber(0), 3500)
    .option("--per-minute <requests>", "burst limit of a key (default: none)", wholeNumber(0));
  addExamples(command, [
    "adp sandbox",
    "adp sandbox --port 0 --variants 450 --version-delay 20",
    "adp sandbox --json > sandbox.json",
  ]);
  command.action((flags: Flags) => serve(flags, context));
}

async function serve(flags: Flags, context: Context): Promise<void> {
  const { seed, versionDelay = 0, urlLifetime, perHour, perMinute, variants, deltas, assetBytes } = flags;
  const sandbox = createSandbox({
    seed,
    versionDelay: versionDelay * 1000,
    urlLifetime: urlLifetime * 1000,
    limits: { perHour, ...(perMinute !== undefined && { perMinute }) },
  });
  const appStoreVersions = Array.from({ length: flags.versions }, () =>
    sandbox.addAppStoreVersion({ variants, deltas, assetBytes }),
  );
  const { keyId, issuerId, privateKey } = sandbox.credentials;
  const folder = await mkdtemp(join(tmpdir(), "adp-sandbox-"));
  const keyFile = join(folder, `AuthKey_${keyId}.p8`);
  try {
    await writeFile(keyFile, privateKey, { mode: 0o600 });
    await using server = await sandbox.listen({ port: flags.port, host: flags.host, control: true });
    const document = { url: server.url, seed, keyId, issuerId, keyFile, appStoreVersions };
    await writeResult(context, document, describeSandbox(document));
    await interrupted(context.signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Resolves on Ctrl-C, which is how a server ends well. */
async function interrupted(signal: AbortSignal): Promise<void> {
  try {
    await abortable(new Promise<never>(() => {}), signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
}
