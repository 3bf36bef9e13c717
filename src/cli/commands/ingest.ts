import type { Command } from "commander";
import { type IngestResult, ingestPackage, type PlaceChoice } from "../../ingest/index.js";
import { addConnectionOptions, type ConnectionFlags, openClient } from "../connection.js";
import type { Context } from "../context.js";
import { addWaitOptions, type IngestFlags, versionOptions } from "../ingest-options.js";
import { addExamples, addJsonOption, checkFolder, wholeNumber } from "../options.js";
import { formatBytes, formatNumber, writeResult } from "../output.js";
import { addVersionOptions } from "../package-options.js";
import { addEndpointOption, type EndpointFlag, isUnfinished, type Place, placeOpener } from "../place.js";
import { createProgressView } from "../progress.js";
import { addTrustOption, readTrustFlag, type TrustFlag } from "../trust.js";

type Flags = ConnectionFlags &
  IngestFlags &
  TrustFlag &
  EndpointFlag & {
    readonly keyBlobFile?: string;
    readonly reuse?: string;
    readonly concurrency: number;
  };

export function addIngest(program: Command, context: Context): void {
  const command = program
    .command("ingest")
    .summary("download a package version and verify it")
    .description(
      "Downloads a package version, checks Apple's signature and every byte, and moves it into place. Then the directory holds manifest.json, " +
        "signature, variant/ and delta/ and can be served as it is. Correct files that are already on disk are not " +
        "downloaded again. After Ctrl-C or a crash, the same command continues where it stopped.",
    )
    .argument("<directory>", "the folder that becomes the package, or s3://bucket/prefix");
  addJsonOption(command)
    .option(
      "--key-blob-file <path>",
      "JSON file, outside the directory, for the key blobs that licensing needs; or s3://bucket/prefix",
    )
    .option(
      "--reuse <directory>",
      "the folder or s3://bucket/prefix of another version, to take unchanged assets from",
    )
    .option(
      "--concurrency <number>",
      "number of assets that are downloaded in parallel",
      wholeNumber(1, 256),
      8,
    );
  addEndpointOption(addTrustOption(command));
  addConnectionOptions(addVersionOptions(addWaitOptions(command)));
  addExamples(command, [
    "adp ingest public/package --bundle-id com.example.app --app-version 1.2.3",
    "adp ingest public/package --bundle-id com.example.app --app-version 1.2.3 --create",
    "adp ingest public/package --package-id $PACKAGE --key-blob-file private/keys.json",
    "adp ingest public/1.1 --version-id $VERSION --reuse public/1.0 --json > ingested.json",
    "adp ingest s3://packages/1234 --package-id $PACKAGE --endpoint https://s3.example",
  ]);
  command.action((directory: string, flags: Flags) => ingest(directory, flags, context));
}

async function ingest(directory: string, allFlags: Flags, context: Context): Promise<void> {
  const { keyBlobFile, reuse, concurrency, ...flags } = allFlags;
  const { host, signal } = context;
  const open = placeOpener(flags);
  const place = placeOption(await open(directory, "<directory>"));
  const others = {
    ...(reuse !== undefined && { reuse: await open(reuse, "--reuse") }),
    ...(keyBlobFile !== undefined && { keyBlobs: await open(keyBlobFile, "--key-blob-file") }),
  };
  if (typeof others.reuse === "string") await checkFolder("--reuse", others.reuse);
  const version = versionOptions(flags);
  const trust = await readTrustFlag(flags, host.env);
  const progress = createProgressView(host.stderr, host.env);
  const client = await openClient(flags, context, progress.note);
  try {
    if (version.wait) progress.note("waiting for a version of the package, at most half an hour");
    if (place.directory !== undefined && (await isUnfinished(place.directory)))
      progress.note("continuing where an earlier ingest stopped");
    const result = await ingestPackage(client, {
      ...version,
      ...place,
      ...others,
      ...{ concurrency, trust, signal },
      onProgress: progress.report,
    });
    progress.stop();
    for (const { path, algorithm, source } of result.checksumMismatches) {
      const expected = source === "hash2" ? "the signature's hash2" : "the API's fileChecksum";
      progress.note(`note: the ${algorithm} of ${path} is not ${expected}`);
    }
    await writeResult(context, resultDocument(result), resultText(result));
  } finally {
    progress.stop();
  }
}

function placeOption(place: Place): PlaceChoice {
  return typeof place === "string" ? { directory: place } : { store: place };
}

/** The result without the manifest, which is on disk, and without the key blobs, which must not get into a log. */
function resultDocument({ manifest, assets, ...result }: IngestResult): object {
  return { ...result, assets: assets.map(({ keyBlob, ...asset }) => asset) };
}

function resultText({ location, version, assets, apiCalls }: IngestResult): string {
  const bytes = assets.reduce((sum, asset) => sum + asset.bytes, 0);
  const reused = assets.filter((asset) => asset.reused).length;
  const resumed = assets.filter(isResumed).length;
  const parts = `${formatNumber(reused)} reused${resumed === 0 ? "" : `, ${formatNumber(resumed)} resumed`}`;
  const counts = `${formatNumber(assets.length)} assets (${parts}), ${formatBytes(bytes)}, ${apiCalls} API calls`;
  return `${location}: version ${version.id}, ${counts}`;
}

function isResumed(asset: IngestResult["assets"][number]): boolean {
  return !asset.reused && asset.resumedBytes > 0;
}
