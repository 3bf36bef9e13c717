/** The line for bundlers in README.md: one file with the client and ingest, made by esbuild, runs without node_modules. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.js";

const root = resolve(import.meta.dirname, "../..");

const PROGRAM = `
import { createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { ingestPackage, verifyPackage } from "app-store-alternative-distribution/ingest";

const { BASE_URL: baseUrl, TRUST: trust, PACKAGE_ID: packageId, DIRECTORY: directory } = process.env;
const client = createClient({ ...(await credentialsFromEnv()), baseUrl });
await ingestPackage(client, { packageId, directory, trust });
console.log((await verifyPackage(directory, { trust })).valid);
`;

/** The entry points from source, as the build is no part of a checkout. */
function sources(): Record<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const targets = Object.entries<{ default?: string }>(exports).flatMap(([entry, target]) =>
    target.default === undefined
      ? []
      : [[join(name, entry), join(root, target.default.replace("./dist/", "").replace(/\.js$/, ".ts"))]],
  );
  return Object.fromEntries(targets.sort(([a = ""], [b = ""]) => b.length - a.length));
}

test("an ingest program in one file, with README's banner", { timeout: 60_000 }, async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, js = ""] = /--banner:js='(.+)'/.exec(readme) ?? [];
  expect(js).toContain("createRequire");
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const sandbox = createSandbox({ seed: 1 });
  const { url, close } = await sandbox.listen();
  onTestFinished(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  const outfile = join(folder, "ingest.mjs");
  const program = join(folder, "ingest.ts");
  writeFileSync(program, PROGRAM);
  const options = { bundle: true, platform: "node", format: "esm", banner: { js }, outfile } as const;
  await build({ ...options, entryPoints: [program], alias: sources(), logLevel: "error" });

  const { keyId, issuerId, privateKey } = sandbox.credentials;
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ deltas: 1 }).id);
  const env = {
    APP_STORE_CONNECT_API_KEY_KEY_ID: keyId,
    APP_STORE_CONNECT_API_KEY_ISSUER_ID: issuerId,
    APP_STORE_CONNECT_API_KEY_KEY: privateKey,
    BASE_URL: url,
    TRUST: sandbox.trust,
    PACKAGE_ID: packageId,
    DIRECTORY: join(folder, "package"),
  };
  const run = promisify(execFile)(process.execPath, [outfile], { env, cwd: folder });
  await expect(run).resolves.toMatchObject({ stdout: "true\n", stderr: "" });
});
