/**
 * The main job from end to end: find an App Store version by bundle id and number, create its package, wait for the
 * package's version, list what is in it, ingest it and verify the folder. It runs against a sandbox of its own or, if the
 * environment has an API key, BUNDLE_ID and APP_VERSION, against Apple.
 */
import { join } from "node:path";
import { formatBytes, ignoreBrokenPipes } from "../src/cli/output.js";
import { createProgressView } from "../src/cli/progress.js";
import { credentialsFromEnv } from "../src/credentials.js";
import { type AttemptEvent, type Client, createClient } from "../src/index.js";
import { ingestPackage, verifyPackage } from "../src/ingest/index.js";
import { createSandbox } from "../src/sandbox/index.js";
import { hasApiKey } from "./support/has-api-key.js";
import { temporaryFolder } from "./support/temporary-folder.js";

// All output goes through the view, so that a line that comes during an ingest is above the progress bar.
ignoreBrokenPipes(process);
const view = createProgressView(process.stdout, process.env);
const say = (text: string) => view.note(text);
const step = (text: string) => say(`\n${text}`);

function logAttempt({ method, path, attempt, status, error, durationMs, retryInMs }: AttemptEvent) {
  const repeated = attempt > 1 ? `, attempt ${attempt}` : "";
  const again = retryInMs === undefined ? "" : `, again in ${retryInMs} ms`;
  say(`  → ${method} ${path}  ${status ?? error}  ${durationMs} ms${repeated}${again}`);
}

/** Where the packages come from. */
interface Source {
  readonly client: Client;
  /** The sandbox's root, in place of Apple's. */
  readonly trust?: string | undefined;
}

async function ingest({ client, trust }: Source, versionId: string, directory: string) {
  const options = { versionId, directory, trust, onProgress: view.report };
  const result = await ingestPackage(client, options).finally(view.stop);
  const reused = result.assets.filter((asset) => asset.reused).length;
  const bytes = result.assets.reduce((sum, asset) => sum + asset.bytes, 0);
  const counts = `${result.assets.length} assets (${reused} reused), ${formatBytes(bytes)}`;
  say(`  ${counts}, ${result.apiCalls} API calls`);
  const { valid } = await verifyPackage(directory, { trust });
  const day = result.signedAt?.toISOString().slice(0, 10);
  const signer = trust === undefined ? "Apple" : "the sandbox, not by Apple,";
  say(`  ${directory}: ${valid ? "valid" : "NOT valid"}, signed by ${signer} on ${day}`);
  if (!valid) process.exitCode = 1;
}

/** The version of an app to show, and where it goes. */
interface Job {
  readonly bundleId: string;
  readonly versionString: string;
  readonly directory: string;
  /** Ms. */
  readonly pollInterval: number;
}

async function show(source: Source, { bundleId, versionString, directory, pollInterval }: Job) {
  const { client } = source;
  step(`The App Store version ${versionString} of ${bundleId}`);
  const found = await client.appStoreVersions.find({ bundleId, versionString });
  say(`  ${found.id}, ${found.attributes?.appVersionState}`);

  step("Its package: created, or read if it exists");
  const { data } = await client.packages.ensure({ appStoreVersionId: found.id });
  say(`  package ${data.id}`);

  step("Waiting for its current version");
  const version = await client.packages.waitForCurrentVersion(data.id, { pollInterval });
  say(`  version ${version.id}, ${version.attributes?.state}`);

  step("Its variants, page by page");
  let pages = 0;
  for await (const page of client.versions.listVariants(version.id).pages()) {
    say(`  page ${++pages}: ${page.data.length} of ${page.meta?.paging.total}`);
  }
  step("Its deltas");
  const deltas = await client.versions.listDeltas(version.id).toArray();
  say(`  ${deltas.length}`);

  step("One variant");
  const [variantId] = await client.versions.listVariantIds(version.id).toArray({ limit: 1 });
  if (variantId) {
    const variant = await client.variants.get(variantId.id);
    say(`  ${variant.data.id}, its signed URL expires at ${variant.data.attributes?.urlExpirationDate}`);
  }

  step("Ingesting it: check the signature, download, check every byte, move into place");
  await ingest(source, version.id, directory);
  return { packageId: data.id, versionId: version.id };
}

function showLimit({ rateLimit }: Client) {
  if (rateLimit) step(`Rate limit: ${rateLimit.remaining} of ${rateLimit.limit} requests left this hour`);
}

async function demoWithSandbox() {
  say("No APP_STORE_CONNECT_API_KEY_* in the environment: this is a sandbox on 127.0.0.1.");
  const sandbox = createSandbox({ seed: 1, versionDelay: 1500 });
  await using server = await sandbox.listen();
  const [bundleId, versionString] = ["com.example.app", "1.2.3"];
  sandbox.addAppStoreVersion({ bundleId, version: versionString, variants: 450, assetBytes: 50_000 });
  const client = createClient({ ...sandbox.credentials, baseUrl: server.url, onAttempt: logAttempt });
  const source = { client, trust: sandbox.trust };
  const directory = join(temporaryFolder("package-"), "served");
  const job = { bundleId, versionString, directory, pollInterval: 500 };
  const { packageId, versionId } = await show(source, job);
  step("Some time later Apple has built deltas: a newer version");
  sandbox.publishVersion(packageId, { deltas: 5 });
  const newer = await client.packages.waitForCurrentVersion(packageId, { after: versionId });
  say(`  version ${newer.id}`);
  step("Ingesting it into the same folder: only the deltas are downloaded");
  await ingest(source, newer.id, directory);
  showLimit(client);
}

async function demoWithApple() {
  const { BUNDLE_ID: bundleId, APP_VERSION: versionString } = process.env;
  if (!bundleId || !versionString) {
    throw new Error(
      "BUNDLE_ID, APP_VERSION: set them, as in com.example.app and 1.2.3, or unset the API key to use the sandbox",
    );
  }
  const client = createClient({ ...(await credentialsFromEnv()), onAttempt: logAttempt });
  const directory = join(process.cwd(), `${bundleId}-${versionString}`);
  await show({ client }, { bundleId, versionString, directory, pollInterval: 30_000 });
  showLimit(client);
}

try {
  await (hasApiKey() ? demoWithApple() : demoWithSandbox());
} catch (error) {
  console.error(error instanceof Error ? `${error}` : error);
  process.exitCode = 1;
}
