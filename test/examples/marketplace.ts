/**
 * A marketplace's back end: Apple's notifications come in, a worker ingests, devices are served.
 * See it at work with the sandbox in Apple's place: `npx tsx test/examples/marketplace.ts`
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
  type PackageChange,
} from "app-store-alternative-distribution/notifications";
import { createSandbox, type NotificationType } from "app-store-alternative-distribution/sandbox";
import { toNodeListener } from "./node-http.js";

interface MarketplaceOptions {
  client: Client;
  /** The secret given to Apple with the webhook. */
  secret: string;
  /** Gets `public/<app>/<package>/` to be served, and `private/<package>.json` with the key blobs. */
  directory: string;
}

/** The two URLs of the marketplace as one web-standard handler, and the worker behind them. */
export function createMarketplace({ client, secret, directory }: MarketplaceOptions) {
  function folderOf(appId: string, packageId = ""): string {
    if (!/^[\w-]+$/.test(appId + packageId)) throw new Error("An id that is no name for a folder");
    return join(directory, "public", appId, packageId);
  }

  /** The current version of the package, so that one which was replaced meanwhile is not fetched. */
  async function ingest(appId: string, packageId: string): Promise<void> {
    await mkdir(join(directory, "private"), { recursive: true });
    await ingestPackage(client, {
      packageId,
      directory: folderOf(appId, packageId),
      keyBlobFile: join(directory, "private", `${packageId}.json`),
    });
  }

  async function packageOf(versionId: string): Promise<string> {
    const { data } = await client.versions.get(versionId, { include: ["alternativeDistributionPackage"] });
    const id = data.relationships?.alternativeDistributionPackage?.data?.id;
    if (id === undefined) throw new Error(`Version ${versionId} does not name its package`);
    return id;
  }

  async function work(change: PackageChange): Promise<void> {
    const { appId } = change;
    if (change.action === "ingest") {
      const packageId = change.packageId ?? (await packageOf(change.versionId));
      await ingest(appId, packageId);
    } else if (change.action === "remove" && change.packageIds) {
      for (const packageId of change.packageIds) await removePackage(folderOf(appId, packageId));
    } else if (change.action === "remove") {
      await rm(folderOf(appId), { recursive: true, force: true });
    }
    // This marketplace offers all it has in every territory: "offer" needs no work, and what must go anywhere goes.
  }

  const queue = createQueue(work);
  const takeIn = createNotificationHandler({
    secret,
    onEvent: (event) => event.change && queue.add(event.change),
  });

  return {
    /** Answers Apple at `/notifications`, and devices at `/packages/<app>/<package>/…`. */
    async handle(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url);
      return pathname === "/notifications" ? takeIn(request) : serveFile(join(directory, "public"), pathname);
    },
    /** Resolves when the worker has done all it was given so far. */
    idle: queue.idle,
  };
}

/** One job after the other, in memory. A real queue outlives the process, and tries again what failed. */
function createQueue<Job>(work: (job: Job) => Promise<void>) {
  let last = Promise.resolve();
  return {
    add(job: Job) {
      last = last.then(() => work(job)).catch(console.error);
    },
    idle: () => last,
  };
}

const servedPath =
  /^\/packages\/([\w-]+\/[\w-]+\/(?:manifest\.json|signature|(?:variant|delta)\/[\w-]+\.ipa))$/;

/** A file of a package, and nothing else: what an ingest has under way stands beside the packages. */
async function serveFile(root: string, pathname: string): Promise<Response> {
  const path = servedPath.exec(pathname)?.[1];
  try {
    if (!path) return new Response(null, { status: 404 });
    const file = await open(join(root, path));
    const { size } = await file.stat();
    return new Response(Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array<ArrayBuffer>>, {
      headers: { "content-length": `${size}` },
    });
  } catch {
    return new Response(null, { status: 404 });
  }
}

/** The marketplace on a port of this machine. */
export async function listen(handle: (request: Request) => Promise<Response>) {
  const server = createServer(toNodeListener(handle)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address is not a string
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, close };
}

/** Apple's part is the sandbox's: it publishes a version and posts the notification. */
async function main() {
  const sandbox = createSandbox();
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "marketplace-"));
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url });
  const marketplace = createMarketplace({ client, secret: sandbox.notificationSecret, directory });
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
  const { valid } = await verifyPackage(join(directory, "public", appId, packageId));
  console.log("the package is complete and in order:", valid);
  console.log("a device asks for the manifest:", (await fetch(manifestUrl)).status);

  await notify("AppUnavailable", appId);
  console.log("a device asks again:", (await fetch(manifestUrl)).status);

  await Promise.all([server.close(), apple.close(), rm(directory, { recursive: true })]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
