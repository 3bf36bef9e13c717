import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { createSandbox } from "../src/sandbox/index.js";

const options = new Command("sandbox")
  .description("Serves a local App Store Connect for the alternative-distribution endpoints, until Ctrl-C.")
  .option("--port <port>", "port to listen on, 0 for a free one", count, 8080)
  .option("--host <host>", "address to listen on", "127.0.0.1")
  .option("--seed <seed>", "the same ids, keys and bytes each time", "1")
  .option("--versions <count>", "App Store versions to begin with", count, 1)
  .option("--variants <count>", "variants in each package", count, 2)
  .option("--deltas <count>", "deltas in each package", count, 0)
  .option("--asset-bytes <bytes>", "size of each variant and delta", count, 65_536)
  .option("--version-delay <ms>", "until a new package's version is COMPLETED", count, 0)
  .option("--url-lifetime <ms>", "until a signed URL expires", count, 3_600_000)
  .option("--per-hour <requests>", "rate limit of a key", count, 3_500)
  .option("--per-minute <requests>", "burst limit of a key (default: none)", count)
  .parse()
  .opts<{
    port: number;
    host: string;
    seed: string;
    versions: number;
    variants: number;
    deltas: number;
    assetBytes: number;
    versionDelay: number;
    urlLifetime: number;
    perHour: number;
    perMinute?: number;
  }>();

const { seed, versionDelay, urlLifetime, perHour, perMinute, variants, deltas, assetBytes } = options;
const limits = { perHour, ...(perMinute !== undefined && { perMinute }) };
const sandbox = createSandbox({ seed, versionDelay, urlLifetime, limits });
const versions = Array.from({ length: options.versions }, () =>
  sandbox.addAppStoreVersion({ variants, deltas, assetBytes }),
);
const server = await sandbox
  .listen({ port: options.port, host: options.host, control: true })
  .catch((error: Error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
  });

const { keyId, issuerId, privateKey } = sandbox.credentials;
const directory = mkdtempSync(join(tmpdir(), "app-store-sandbox-"));
const keyFile = join(directory, `AuthKey_${keyId}.p8`);
writeFileSync(keyFile, privateKey, { mode: 0o600 });

console.log(`The sandbox listens on ${server.url} (Ctrl-C ends it). It knows this key:

export APP_STORE_CONNECT_API_KEY_KEY_ID=${keyId}
export APP_STORE_CONNECT_API_KEY_ISSUER_ID=${issuerId}
export APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=${keyFile}

App Store versions, for POST /v1/alternativeDistributionPackages:
${versions.map(({ id, appId }) => `  ${id} of app ${appId}`).join("\n")}

More of them, package versions, faults and notifications:
  curl ${server.url}/sandbox/appStoreVersions -d '{ "variants": 10, "assetBytes": 1000000 }'
  curl ${server.url}/sandbox/versions -d '{ "id": "<App Store version or package>", "deltas": 2 }'
  curl ${server.url}/sandbox/faults -d '{ "on": "api", "status": 429, "times": 3 }'
  curl ${server.url}/sandbox/notifications -d '{ "type": "AppUnavailable", "about": "<id>", "url": "http://…" }'
  curl ${server.url}/sandbox/requests`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    rmSync(directory, { recursive: true });
    void server.close();
  });
}

function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
