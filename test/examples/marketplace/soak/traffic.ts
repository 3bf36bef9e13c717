/**
 * What Apple does during a soak test: apps are published and updated, some are taken down, and some are not signed by Apple.
 * channel.ts delivers the notifications.
 */
import { type Client, RateLimitError } from "app-store-alternative-distribution";
import type { Sandbox } from "app-store-alternative-distribution/sandbox";
import { webhookOf } from "../test-support.js";

export interface Expected {
  /** The version that has to be served in the end; `undefined`: none. */
  readonly versionId: string | undefined;
  readonly isHostile: boolean;
}

export interface TrafficOptions {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly packages: number;
  /** Numbers from 0 to 1, from a seed. */
  readonly random: () => number;
  /** Lets the sandbox's clock go on, in ms. */
  readonly passTime: (ms: number) => void;
}

export const HOUR = 3_600_000;
const SHARE = { hostile: 0.01, takenDown: 0.05, updated: 0.2, silent: 0.05 };

export class Traffic {
  /** By package. */
  readonly expected = new Map<string, Expected>();
  readonly #options: TrafficOptions;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** @returns the webhook's id */
  async register(): Promise<string> {
    const { sandbox, client } = this.#options;
    return (await client.webhooks.create(webhookOf(sandbox))).data.id;
  }

  async run(webhookId: string): Promise<void> {
    const { sandbox, packages, random, passTime } = this.#options;
    const ids: string[] = [];
    for (let number = 0; number < packages; number++) {
      const { id } = sandbox.addAppStoreVersion({ variants: 2, assetBytes: 2_000 });
      const isHostile = random() < SHARE.hostile;
      const { packageId, versionId } = sandbox.publishVersion(id);
      if (isHostile) sandbox.faults.add({ path: versionId, signature: "untrusted" });
      this.expected.set(packageId, { versionId: isHostile ? undefined : versionId, isHostile });
      ids.push(packageId);
      await sandbox.delivered();
      passTime(1_000);
      const earlier = ids[Math.floor(random() * ids.length)] ?? packageId;
      if (random() < SHARE.updated) await this.#update(earlier, webhookId);
      if (random() < SHARE.takenDown) await this.#takeDown(earlier);
    }
  }

  async #update(packageId: string, webhookId: string): Promise<void> {
    const { sandbox, random } = this.#options;
    const before = this.expected.get(packageId);
    if (!before?.versionId) return;
    // Apple's list of deliveries does not have a silent update, so only reconciling finds it.
    const isSilent = random() < SHARE.silent;
    if (isSilent) await this.#enable(webhookId, false);
    const { versionId } = sandbox.publishVersion(packageId, { deltas: 1, assetBytes: 1_000 });
    this.expected.set(packageId, { ...before, versionId });
    await sandbox.delivered();
    if (isSilent) await this.#enable(webhookId, true);
  }

  /** If the marketplace has used up the calls of this hour, the next one begins. */
  async #enable(webhookId: string, enabled: boolean): Promise<void> {
    const { client, passTime } = this.#options;
    try {
      await client.webhooks.update(webhookId, { enabled });
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      passTime(HOUR);
      await client.webhooks.update(webhookId, { enabled });
    }
  }

  async #takeDown(packageId: string): Promise<void> {
    const { sandbox } = this.#options;
    const isHostile = this.expected.get(packageId)?.isHostile ?? false;
    this.expected.set(packageId, { isHostile, versionId: undefined });
    const type = "alternativeDistributionPackageAvailableUpdated";
    await sandbox.deliver({ type, about: packageId, available: false });
  }
}
