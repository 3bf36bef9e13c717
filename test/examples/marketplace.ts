/**
 * A marketplace's back end: it receives Apple's notifications, ingests packages and serves them to devices.
 * To see it work, with the sandbox in place of Apple: `npx tsx test/examples/marketplace.ts`
 */
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "app-store-alternative-distribution";
import { ingestPackage, removePackage, verifyPackage } from "app-store-alternative-distribution/ingest";
import {
  createNotificationHandler,
  missedNotifications,
  type PackageChange,
} from "app-store-alternative-distribution/notifications";
import { createSandbox, type NotificationType } from "app-store-alternative-distribution/sandbox";
import { createInstalling, type InstallingOptions } from "./installing.js";
import { toNodeListener } from "./node-http.js";

interface MarketplaceOptions {
  readonly client: Client;
  /** The secret given to Apple with the webhook. */
  readonly secret: string;
  /** Holds `public/<app>/<package>/`, which is served, and `private/<package>.json` with the key blobs. */
  readonly directory: string;
  /** Its origin and its tokens, for pages with install links, updates and restores. Without it, only packages are served. */
  readonly installing?: Omit<InstallingOptions, "directory">;
  /** The root that is trusted in place of Apple's, for the sandbox. */
  readonly trust?: string | undefined;
}

/** The marketplace's URLs as one web-standard handler, with a worker that handles the notifications. */
export function createMarketplace({ client, secret, directory, installing, trust }: MarketplaceOptions) {
  const handleInstall =
    installing && createInstalling({ ...installing, directory: join(directory, "public") });
  const queue = createQueue((change: PackageChange) => apply(change));
  // A real one is shared by all instances and survives a restart: see redis-seen.ts.
  const seen = new Set<string>();
  const handleNotification = createNotificationHandler({
    secret,
    seen,
    onEvent: (event) => event.change && queue.add(event.change),
  });

  /**
   * This marketplace offers all its packages in all territories. So an offer needs no work, and a package that must be
   * removed in some territories is removed everywhere.
   */
  async function apply(change: PackageChange): Promise<void> {
    const { appId } = change;
    if (change.action === "ingest") {
      await ingest(appId, change.packageId ?? (await packageOf(change.versionId)));
    } else if (change.action === "remove" && change.packageIds) {
      for (const packageId of change.packageIds) await removePackage(folderOf(appId, packageId));
    } else if (change.action === "remove") {
      await rm(folderOf(appId), { recursive: true, force: true });
    }
  }

  /** Ingests the package's current version: the version in the notification may have been replaced since. */
  async function ingest(appId: string, packageId: string): Promise<void> {
    await mkdir(join(directory, "private"), { recursive: true });
    await ingestPackage(client, {
      packageId,
      directory: folderOf(appId, packageId),
      keyBlobs: join(directory, "private", `${packageId}.json`),
      trust,
    });
  }

  async function packageOf(versionId: string): Promise<string> {
    const { data } = await client.versions.get(versionId, { include: ["alternativeDistributionPackage"] });
    const id = data.relationships?.alternativeDistributionPackage?.data?.id;
    if (id === undefined) throw new Error(`Version ${versionId} does not name its package`);
    return id;
  }

  function folderOf(appId: string, packageId = ""): string {
    if (!/^[\w-]+$/.test(appId + packageId)) throw new Error("This id cannot be the name of a folder");
    return join(directory, "public", appId, packageId);
  }

  /**
   * Handles what Apple sent since a time when this marketplace was off. Call it at every start, once `handle` gets
   * requests. With a queue and a store of ids that survive a restart, nothing is lost and nothing is handled twice.
   */
  async function catchUp(webhookId: string, since: Date): Promise<void> {
    for await (const event of missedNotifications(client, { webhookId, since, seen })) {
      if (event.change) queue.add(event.change);
    }
  }

  return {
    catchUp,
    /** Answers Apple at `/notifications`, devices at `/packages/<app>/<package>/…`, and what `installing` adds. */
    async handle(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url);
      if (pathname === "/notifications") return handleNotification(request);
      return (await handleInstall?.(request)) ?? serveFile(join(directory, "public"), pathname);
    },
    /** Resolves when the worker has done all its jobs. */
    idle: queue.idle,
  };
}

/** A queue in memory that does one job after the other. A real one survives a restart and retries failed jobs. */
function createQueue<Job>(work: (job: Job) => Promise<void>) {
  let last = Promise.resolve();
  return {
    add(job: Job) {
      last = last.then(() => work(job)).catch(console.error);
    },
    idle: () => last,
  };
}

const SERVED_PATH =
  /^\/packages\/([\w-]+\/[\w-]+\/(?:manifest\.json|signature|(?:variant|delta)\/[\w-]+\.ipa))$/;

/** Serves the files of packages and nothing else, because staging folders are in the same folder as the packages. */
async function serveFile(root: string, pathname: string): Promise<Response> {
  const path = SERVED_PATH.exec(pathname)?.[1];
  try {
    if (!path) return new Response(null, { status: 404 });
    const file = await open(join(root, path));
    const { size } = await file.stat();
    // Node's and the DOM's type of the same class.
    const body = Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array<ArrayBuffer>>;
    return new Response(body, { headers: { "content-length": `${size}` } });
  } catch {
    return new Response(null, { status: 404 });
  }
}

/** Serves the handler on a free port of this machine. */
export async function listen(handle: (request: Request) => Promise<Response>) {
  const server = createServer(toNodeListener(handle)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address is not a string
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The sandbox stands for Apple: it publishes a version and posts the notifications. */
async function main() {
  const sandbox = createSandbox();
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "marketplace-"));
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url });
  const marketplace = createMarketplace({
    ...{ client, directory, secret: sandbox.notificationSecret, trust: sandbox.trust },
  });
  const server = await listen(marketplace.handle);
  const notify = async (type: NotificationType, about: string) => {
    const { status } = await sandbox.notify({ type, about, url: `${server.url}/notifications` });
    console.log(`${type}: answered ${status}`);
    await marketplace.idle();
  };

  const { id, appId } = sandbox.addAppStoreVersion({ variants: 2 });
  const { packageId, versionId } = sandbox.publishVersion(id);
  const manifestUrl = `${server.url}/packages/${appId}/${packageId}/manifest.json`;

  await notify("alternativeDistributionPackageVersionCreated", versionId);
  const { valid } = await verifyPackage(join(directory, "public", appId, packageId), {
    trust: sandbox.trust,
  });
  console.log("the package is complete and valid:", valid);
  console.log("a device requests the manifest:", (await fetch(manifestUrl)).status);

  await notify("AppUnavailable", appId);
  console.log("a device requests it again:", (await fetch(manifestUrl)).status);

  await Promise.all([server.close(), apple.close(), rm(directory, { recursive: true })]);
}

// True if this file is run, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
