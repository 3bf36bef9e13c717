import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { abortable } from "../../abort.js";
import { type AddedAppStoreVersion, createSandbox, type Sandbox } from "../../sandbox/index.js";
import type { Context } from "../context.js";
import { Interrupted } from "../exit.js";
import { addExamples, addJsonOption, seconds, wholeNumber } from "../options.js";
import { writeResult } from "../output.js";
import { addTrigger } from "./sandbox-trigger.js";

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
  readonly env?: true;
}

export function addSandbox(program: Command, context: Context): void {
  const command = program
    .command("sandbox")
    .summary("run a local App Store Connect to try the other commands with")
    .description(
      "Serves a local App Store Connect with the alternative-distribution endpoints and a CDN, and prints how to connect " +
        "to it. Its API key and its root certificate are in temporary files. Runs until Ctrl-C, then deletes the files and " +
        "exits with 0.",
    );
  addJsonOption(command)
    .option("--port <port>", "port to listen on, 0 for a free one", wholeNumber(0, 65_535), 8080)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--seed <seed>", "the same seed gives the same ids, key and bytes", "1")
    .option("--versions <number>", "number of App Store versions at the start", wholeNumber(0, 10_000), 1)
    .option("--variants <number>", "number of variants in each package", wholeNumber(0, 50_000), 2)
    .option("--deltas <number>", "number of deltas in each package", wholeNumber(0, 50_000), 0)
    .option("--asset-bytes <bytes>", "size of each variant and delta", wholeNumber(0), 65_536)
    .option(
      "--version-delay <seconds>",
      "time until a package's version is COMPLETED (default: none)",
      seconds,
    )
    .option("--url-lifetime <seconds>", "time until a signed URL expires", seconds, 3600)
    .option("--per-hour <requests>", "rate limit of a key per hour", wholeNumber(0), 3500)
    .option("--per-minute <requests>", "rate limit of a key per minute (default: none)", wholeNumber(0));
  command.option("--env", "print only the variables, as commands of a shell, for the other adp commands");
  addExamples(command, [
    "adp sandbox",
    "adp sandbox --env > sandbox.env &   # then in any shell: . ./sandbox.env",
    "adp sandbox --port 0 --variants 450 --version-delay 20",
    "adp sandbox --json > sandbox.json",
  ]);
  command.action((flags: Flags) => serve(flags, context));
  addTrigger(command, context);
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
  const { marketplaceAppId, notificationSecret } = sandbox;
  const { keyId, issuerId, privateKey } = sandbox.credentials;
  // Not `await using`: compiled for Node 20, it takes 3 kB of the package.
  const closing: (() => Promise<void>)[] = [];
  const folder = await mkdtemp(join(tmpdir(), "adp-sandbox-"));
  const keyFile = join(folder, `AuthKey_${keyId}.p8`);
  const marketplaceKeyFile = join(folder, "marketplace.json");
  const trustFile = join(folder, "root.pem");
  try {
    await writeFile(keyFile, privateKey, { mode: 0o600 });
    await writeFile(marketplaceKeyFile, jsonKeyOf(sandbox.marketplaceCredentials), { mode: 0o600 });
    await writeFile(trustFile, sandbox.trust);
    const { url, close } = await sandbox.listen({ port: flags.port, host: flags.host, control: true });
    closing.push(close);
    const files = { keyFile, marketplaceKeyFile, trustFile };
    const facts = { url, seed, keyId, issuerId, marketplaceAppId, notificationSecret, appStoreVersions };
    const document = { ...facts, ...files };
    await writeResult(context, document, flags.env ? exportsOf(document) : connectionText(document));
    await interrupted(context.signal);
  } finally {
    for (const close of closing) await close();
    await rm(folder, { recursive: true });
  }
}

/** Fastlane's JSON key file, which includes the ids. */
function jsonKeyOf({ keyId, issuerId, privateKey }: Sandbox["credentials"]): string {
  return JSON.stringify({ key_id: keyId, issuer_id: issuerId, key: privateKey });
}

/** Resolves on Ctrl-C, which is how a server is stopped. */
async function interrupted(signal: AbortSignal): Promise<void> {
  try {
    await abortable(new Promise<never>(() => {}), signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
}

/** How to connect to a running sandbox. */
interface SandboxDocument {
  readonly url: string;
  readonly seed: string;
  readonly keyId: string;
  readonly issuerId: string;
  /** The .p8 file of the API key. */
  readonly keyFile: string;
  /** A PEM file: the root certificate of the packages' signatures. */
  readonly trustFile: string;
  /** Fastlane's JSON key file with the API key of a marketplace. */
  readonly marketplaceKeyFile: string;
  readonly marketplaceAppId: string;
  readonly notificationSecret: string;
  readonly appStoreVersions: readonly AddedAppStoreVersion[];
}

/** Commands of a shell that set what the other commands read. */
function exportsOf(document: SandboxDocument): string {
  const { url, keyId, issuerId, keyFile, trustFile, notificationSecret } = document;
  return Object.entries({
    APP_STORE_CONNECT_API_KEY_KEY_ID: keyId,
    APP_STORE_CONNECT_API_KEY_ISSUER_ID: issuerId,
    APP_STORE_CONNECT_API_KEY_KEY_FILEPATH: keyFile,
    ADP_BASE_URL: url,
    ADP_TRUST: trustFile,
    ADP_WEBHOOK_SECRET: notificationSecret,
  })
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join("\n");
}

/** In quotes if a shell would change the value: the temporary folder can have any name. */
function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function connectionText(document: SandboxDocument): string {
  const { url, marketplaceAppId, marketplaceKeyFile, appStoreVersions } = document;
  return `The sandbox listens on ${url} until you press Ctrl-C. Its address, its API key, the root of its signatures and the
secret of its notifications:

${exportsOf(document)}

A marketplace, app ${marketplaceAppId}, has an API key that reads packages and does not create them:
  --key-file ${marketplaceKeyFile}

App Store versions for which a package can be created:
${appStoreVersions.map(({ id, appId }) => `  ${id} of app ${appId}`).join("\n")}

  adp create --base-url ${url} --app-store-version-id ${appStoreVersions[0]?.id ?? "<App Store version>"}

To send a notification: adp sandbox trigger <type> --url <your endpoint>

To add App Store versions, package versions and faults, and to see the requests:
  curl ${url}/sandbox/appStoreVersions -d '{ "variants": 10, "assetBytes": 1000000 }'
  curl ${url}/sandbox/versions -d '{ "id": "<App Store version or package>", "deltas": 2 }'
  curl ${url}/sandbox/faults -d '{ "on": "api", "status": 429, "times": 3 }'
  curl ${url}/sandbox/requests`;
}
