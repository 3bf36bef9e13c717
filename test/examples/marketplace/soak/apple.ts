/** The sandbox in a process of its own, so that the figures of speed.ts are those of the marketplace alone. */
import { createSandbox, type Sandbox } from "app-store-alternative-distribution/sandbox";

/** What the process with the marketplace gets to know, as its only message. */
export interface Apple {
  readonly url: string;
  readonly credentials: Sandbox["marketplaceCredentials"];
  readonly secret: string;
  readonly trust: string;
  /** One for each package, to be sent. */
  readonly notifications: readonly { readonly headers: Record<string, string>; readonly body: string }[];
}

/** Publishes the packages, and answers until the other process ends. */
export async function serveApple(packages: number): Promise<void> {
  const sandbox = createSandbox({ seed: 1, limits: { perHour: 1_000_000_000 } });
  const { url } = await sandbox.listen();
  const notifications: Apple["notifications"][number][] = [];
  for (let count = 0; count < packages; count++) {
    const { id } = sandbox.addAppStoreVersion({ variants: 1, assetBytes: 2_000 });
    const { versionId } = sandbox.publishVersion(id);
    const type = "alternativeDistributionPackageVersionCreated";
    const request = sandbox.notification({ type, about: versionId });
    notifications.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
  }
  const { marketplaceCredentials: credentials, notificationSecret: secret, trust } = sandbox;
  process.send?.({ url, credentials, secret, trust, notifications } satisfies Apple);
  process.on("disconnect", () => process.exit());
}
