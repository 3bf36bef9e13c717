/**
 * What devices need in addition to the packages: a page with an install link, and answers about updates and restores.
 * To see it work, with a folder in place of a web server: `npx tsx test/examples/installing.ts`
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "app-store-alternative-distribution";
import { ingestPackage, type Manifest } from "app-store-alternative-distribution/ingest";
import {
  createInstallTokens,
  createRestoreHandler,
  createUpdatesHandler,
  type InstallTokens,
  installLink,
  marketplaceKitConfiguration,
  type UpdatesDocument,
} from "app-store-alternative-distribution/install";
import { createSandbox } from "app-store-alternative-distribution/sandbox";

export interface InstallingOptions {
  /** For example `https://shop.example.com`: the registered domain or a subdomain, for the pages and the packages. */
  readonly origin: string;
  readonly tokens: InstallTokens;
  /** Holds `<app>/<package>/`, served at `/packages/<app>/<package>/`. */
  readonly directory: string;
}

/** Answers devices and browsers; `undefined` for other paths. */
export function createInstalling({ origin, tokens, directory }: InstallingOptions) {
  const find = async ({ appleItemId }: { appleItemId: string }) => {
    const newest = await newestPackage(join(directory, appleItemId));
    return newest && { ...newest, packageUrl: `${origin}/packages/${appleItemId}/${newest.packageId}` };
  };
  const updates = createUpdatesHandler({ tokens, find, onError: console.error });
  const restore = createRestoreHandler({ tokens, find, onError: console.error });
  const configuration = marketplaceKitConfiguration({
    restore: `${origin}/restore`,
    updates: { url: `${origin}/updates`, pollingInterval: 24 },
  });

  /**
   * A page is made for each visit and never cached, because its token is for one install. Browsers open the link only when a
   * person taps it. `kind` is "download" for everybody here: a real service records which account had the app before.
   *
   * A browser installs the marketplace app in this way, or an app of a developer's own web page. The other apps of a
   * marketplace are installed by the marketplace app: it gets `packageUrl` and `token` from its server and gives them to iOS.
   */
  async function page(appleItemId: string): Promise<Response> {
    const served = await find({ appleItemId });
    if (!served) return new Response("Not found", { status: 404 });
    const { manifest, packageUrl } = served;
    const bundleId = String(manifest.bundleId);
    const appVersionId = String(manifest.appleVersionId);
    const token = await tokens.sign({ bundleId, kind: "download", appId: appleItemId, appVersionId });
    const link = installLink({ packageUrl, token, shareUrl: `${origin}/apps/${appleItemId}` });
    const html = `<!doctype html><meta charset="utf-8"><a href="${link.replaceAll("&", "&amp;")}">Install</a>`;
    return new Response(html, { headers: { "content-type": "text/html", "cache-control": "no-store" } });
  }

  return async (request: Request): Promise<Response | undefined> => {
    const { pathname } = new URL(request.url);
    const app = /^\/apps\/(\d+)$/.exec(pathname)?.[1];
    if (app) return page(app);
    if (pathname === "/.well-known/marketplace-kit") return Response.json(configuration);
    if (pathname === "/updates") return updates(request);
    return pathname === "/restore" ? restore(request) : undefined;
  };
}

/** The package with the highest version among those in an app's folder. A real service has a table for this. */
async function newestPackage(folder: string) {
  const names = await readdir(folder).catch(() => []);
  const packages: { packageId: string; manifest: Manifest }[] = [];
  // Names that begin with a dot are ingests that have not ended.
  for (const packageId of names.filter((name) => !name.startsWith("."))) {
    const text = await readFile(join(folder, packageId, "manifest.json"), "utf8").catch(() => undefined);
    // Ingest has checked it before the folder got this name.
    if (text !== undefined) packages.push({ packageId, manifest: JSON.parse(text) as Manifest });
  }
  const version = ({ manifest }: { manifest: Manifest }) =>
    `${manifest.shortVersionString} ${manifest.bundleVersion}`;
  return packages.sort((a, b) => version(a).localeCompare(version(b), "en", { numeric: true })).at(-1);
}

/** The sandbox stands for Apple, and a plain request for a device. */
async function main() {
  const sandbox = createSandbox();
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "installing-"));
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url });
  const { id, appId } = sandbox.addAppStoreVersion();
  const { packageId } = sandbox.publishVersion(id);
  const { trust } = sandbox; // left out, Apple's root is trusted
  await ingestPackage(client, { packageId, directory: join(directory, appId, packageId), trust });

  // The marketplace's own key, not the API key. Its public half is uploaded with client.keys.create; keyId is the id in the
  // answer to that, and issuer the Apple ID of the marketplace (in web distribution: of the app).
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const keyId = "0b9f1c2e-5a77-4d0e-9a53-6f0c1d2e3f40";
  const tokens = await createInstallTokens({ keyId, privateKey: pem, issuer: "6478000001" });
  const handle = createInstalling({ origin: "https://shop.example.com", tokens, directory });

  const page = await handle(new Request(`https://shop.example.com/apps/${appId}`));
  console.log("the page has an install link:", (await page?.text())?.includes("marketplace-kit://install?"));
  const body = JSON.stringify({
    apps: [{ appleItemId: appId, appleVersionId: "1" }],
    platform: "iOS",
    osVersion: "18.1",
  });
  const answer = await handle(new Request("https://shop.example.com/updates", { method: "POST", body }));
  const { updates } = JSON.parse((await answer?.text()) ?? "") as UpdatesDocument;
  console.log("a device with another version is offered:", updates[0]?.shortVersionString);

  await Promise.all([apple.close(), rm(directory, { recursive: true })]);
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
