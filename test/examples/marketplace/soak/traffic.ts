/**
 * What happens at Apple's during a soak test, and how the marketplace hears of it: apps are published and updated, some are
 * taken down, some are not signed by Apple; and notifications are lost, sent twice, and overtake each other.
 */
import type { NotificationOptions, Sandbox } from "app-store-alternative-distribution/sandbox";
import type { LostNotification } from "./worker.js";

export interface Expected {
  /** The version that has to be served in the end; `undefined`: none. */
  readonly versionId: string | undefined;
  readonly isHostile: boolean;
}

export interface TrafficOptions {
  readonly sandbox: Sandbox;
  readonly packages: number;
  /** Numbers from 0 to 1, from a seed. */
  readonly random: () => number;
  /** The marketplace's endpoint. */
  readonly post: (request: Request) => Promise<unknown>;
  /** Lets the sandbox's clock go on, in ms. */
  readonly passTime: (ms: number) => void;
}

const SHARE = {
  hostile: 0.01,
  takenDown: 0.05,
  updated: 0.2,
  lost: 0.1,
  silent: 0.02,
  twice: 0.15,
  late: 0.2,
};

export class Traffic {
  /** By package. */
  readonly expected = new Map<string, Expected>();
  /** What Apple could not deliver, and shows to those who ask. */
  readonly lost: LostNotification[] = [];
  readonly #options: TrafficOptions;
  readonly #late: LostNotification[] = [];

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { sandbox, packages, random, passTime } = this.#options;
    const ids: string[] = [];
    for (let number = 0; number < packages; number++) {
      const { id } = sandbox.addAppStoreVersion({ variants: 2, assetBytes: 2_000 });
      const { packageId, versionId } = sandbox.publishVersion(id);
      const isHostile = random() < SHARE.hostile;
      if (isHostile) sandbox.faults.add({ path: versionId, signature: "untrusted" });
      this.expected.set(packageId, { versionId: isHostile ? undefined : versionId, isHostile });
      ids.push(packageId);
      await this.#send({ type: "alternativeDistributionPackageVersionCreated", about: versionId });
      passTime(1_000);
      const earlier = ids[Math.floor(random() * ids.length)] ?? packageId;
      if (random() < SHARE.updated) await this.#update(earlier);
      if (random() < SHARE.takenDown) await this.#takeDown(earlier);
    }
    for (const notification of this.#late.splice(0)) await this.#post(notification);
  }

  async #update(packageId: string): Promise<void> {
    const { sandbox, random } = this.#options;
    const before = this.expected.get(packageId);
    if (!before?.versionId) return;
    const { versionId } = sandbox.publishVersion(packageId, { deltas: 1, assetBytes: 1_000 });
    this.expected.set(packageId, { ...before, versionId });
    const notification = { type: "alternativeDistributionPackageVersionCreated", about: versionId };
    // Of a silent one not even Apple's list of deliveries knows.
    if (random() >= SHARE.silent) await this.#send(notification);
  }

  async #takeDown(packageId: string): Promise<void> {
    const before = this.expected.get(packageId);
    this.expected.set(packageId, { isHostile: before?.isHostile ?? false, versionId: undefined });
    await this.#send({
      type: "alternativeDistributionPackageAvailableUpdated",
      about: packageId,
      available: false,
    });
  }

  async #send(notification: NotificationOptions): Promise<void> {
    const { random, sandbox } = this.#options;
    const request = sandbox.notification({ ...notification, id: `notification ${random()}` });
    const sent = { body: await request.text(), signature: request.headers.get("x-apple-signature") ?? "" };
    if (random() < SHARE.lost) this.lost.push(sent);
    else if (random() < SHARE.late) this.#late.push(sent);
    else await this.#post(sent);
    if (random() < SHARE.twice) this.#late.push(sent);
    if (this.#late.length <= 20) return;
    const [late] = this.#late.splice(Math.floor(random() * this.#late.length), 1);
    if (late) await this.#post(late);
  }

  #post({ body, signature }: LostNotification): Promise<unknown> {
    const headers = { "x-apple-signature": signature };
    return this.#options.post(
      new Request("http://localhost/notifications", { method: "POST", headers, body }),
    );
  }
}
