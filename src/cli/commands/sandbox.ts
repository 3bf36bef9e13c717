import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { abortable } from "../../abortable.js";
import { createSandbox } from "../../sandbox/index.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { Interrupted } from "../interrupt.js";
import { seconds, wholeNumber } from "../numbers.js";
import { writeResult } from "../output.js";

interface Flags {
  readonly port: number;
  readonly seed?: string;
  readonly variants: number;
  readonly deltas: number;
  readonly assetBytes: number;
  readonly versionDelay?: number;
}

export function addSandbox(program: Command, context: Context): void {
  const command = program
    .command("sandbox")
    .summary("a local App Store Connect to try all this against")
    .description(
      "Serves a local App Store Connect with the alternative-distribution endpoints, a CDN, and one App Store version for " +
        "which a package can be created. Prints how to reach it; its API key is in a file, which is gone with the " +
        "sandbox. Runs until Ctrl-C, then exits with 0.",
    );
  addJsonOption(command)
    .option("--port <port>", "where to listen on 127.0.0.1 (0: a free port)", wholeNumber(0, 65_535), 0)
    .option("--seed <text>", "ids, key and bytes are drawn from it (default: new ones each time)")
    .option("--variants <number>", "variants of the package", wholeNumber(0, 100_000), 2)
    .option("--deltas <number>", "deltas of the package", wholeNumber(0, 100_000), 0)
    .option("--asset-bytes <bytes>", "size of each of them", wholeNumber(1), 65_536)
    .option("--version-delay <seconds>", "time that Apple takes to build a version (default: none)", seconds);
  addExamples(command, ["adp sandbox", "adp sandbox --port 8080 --seed 1 --variants 450 --version-delay 20"]);
  command.action((flags: Flags) => serve(flags, context));
}

async function serve(flags: Flags, context: Context): Promise<void> {
  const { port, seed, variants, deltas, assetBytes, versionDelay = 0 } = flags;
  const sandbox = createSandbox({ ...(seed !== undefined && { seed }), versionDelay: versionDelay * 1000 });
  const { id: appStoreVersionId } = sandbox.addAppStoreVersion({ variants, deltas, assetBytes });
  const folder = await mkdtemp(join(tmpdir(), "adp-sandbox-"));
  try {
    await using server = await sandbox.listen({ port });
    const keyFile = join(folder, "key.json");
    const { keyId, issuerId, privateKey } = sandbox.credentials;
    const key = { key_id: keyId, issuer_id: issuerId, key: privateKey };
    await writeFile(keyFile, JSON.stringify(key), { mode: 0o600 });
    const document = { url: server.url, keyFile, appStoreVersionId, seed: sandbox.seed };
    await writeResult(context, document, describe(document));
    await interrupted(context.signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function describe({ url, keyFile, appStoreVersionId, seed }: Record<string, string>): string {
  const flags = `--app-store-version-id ${appStoreVersionId} --base-url ${url} --key-file ${keyFile}`;
  return [
    `Sandbox at ${url}, seed ${seed}. Ctrl-C ends it. Try:`,
    `  adp create ${flags}`,
    `  adp ingest package ${flags}`,
  ].join("\n");
}

/** Resolves on Ctrl-C, which is how a server ends well. */
async function interrupted(signal: AbortSignal): Promise<void> {
  try {
    await abortable(new Promise<never>(() => {}), signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
}
