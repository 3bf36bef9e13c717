/** Counts the downloads of each asset. The sandbox's log keeps only its latest requests. */
import type { LoggedRequest, Sandbox } from "app-store-alternative-distribution/sandbox";

const ASSET = /^\/cdn\/alternativeDistributionPackage(?:Variants|Deltas)\/(.+)$/;

export class Downloads {
  /** By asset. Only whole answers count: one that was broken off has to be sent again. */
  readonly counts = new Map<string, number>();
  readonly #sandbox: Sandbox;
  #last: LoggedRequest | undefined;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Call it before 10,000 more requests came. */
  read(): void {
    const { requests } = this.#sandbox;
    const start = this.#last === undefined ? 0 : requests.lastIndexOf(this.#last) + 1;
    for (const request of requests.slice(start)) {
      const [, asset] = request.on === "cdn" ? (ASSET.exec(request.path) ?? []) : [];
      if (asset) this.counts.set(asset, (this.counts.get(asset) ?? 0) + 1);
      this.#last = request;
    }
  }
}
