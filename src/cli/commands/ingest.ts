import type { Command } from "commander";
import { type IngestResult, ingestPackage } from "../../ingest/index.js";
import { addVersionChoice, type VersionChoice } from "../choice.js";
import { addConnectionOptions, type ConnectionFlags, connect } from "../connect.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { wholeNumber } from "../numbers.js";
import { writeNote, writeResult } from "../output.js";
import { createProgressView } from "../progress.js";
import { formatBytes } from "../units.js";

type Flags = ConnectionFlags &
  VersionChoice & {
    readonly keyBlobFile?: string;
    readonly reuse?: string;
    readonly concurrency: number;
  };

export function addIngest(program: Command, context: Context): void {
  const command = program
    .command("ingest")
    .summary("download a package version, verified, to be served")
    .description(
      "Downloads a package version, checks every byte, and moves it into place: the directory then holds manifest.json, " +
        "signature, variant/ and delta/, and can be served as it is. What is right on disk already is not fetched again. " +
        "Ended by Ctrl-C or a crash, the same command goes on where it stopped.",
    )
    .argument("<directory>", "the folder that becomes the package");
  addJsonOption(command)
    .option(
      "--key-blob-file <path>",
      "JSON file, outside the directory, for the key blobs that licensing needs",
    )
    .option("--reuse <directory>", "a folder of another version, to take unchanged assets from")
    .option("--concurrency <number>", "assets in flight at once", wholeNumber(1, 256), 8);
  addConnectionOptions(addVersionChoice(command));
  addExamples(command, [
    "adp ingest public/package --app-store-version-id 6482123456",
    "adp ingest public/package --package-id $PACKAGE --key-blob-file private/keys.json",
    "adp ingest public/1.1 --version-id $VERSION --reuse public/1.0 --json > ingested.json",
  ]);
  command.action(async (directory: string, { keyBlobFile, reuse, concurrency, ...flags }: Flags) => {
    const progress = createProgressView();
    const client = await connect(flags, progress.note);
    try {
      const result = await ingestPackage(client, {
        ...flags,
        ...{ directory, keyBlobFile, reuse, concurrency },
        signal: context.signal,
        onProgress: progress.report,
      });
      progress.stop();
      for (const { path, algorithm } of result.checksumMismatches) {
        await writeNote(`note: ${path} has another ${algorithm} than the API's fileChecksum says`);
      }
      await writeResult(context, document(result), summary(result));
    } finally {
      progress.stop();
    }
  });
}

/** Without the manifest, which is on disk, and the key blobs, which belong in no log. */
function document({ manifest, assets, ...result }: IngestResult): object {
  return { ...result, assets: assets.map(({ keyBlob, ...asset }) => asset) };
}

function summary({ directory, version, assets, apiCalls }: IngestResult): string {
  const bytes = assets.reduce((sum, asset) => sum + asset.bytes, 0);
  const reused = assets.filter((asset) => asset.reused).length;
  const counts = `${assets.length} assets (${reused} reused), ${formatBytes(bytes)}, ${apiCalls} API calls`;
  return `${directory}: version ${version.id}, ${counts}`;
}
