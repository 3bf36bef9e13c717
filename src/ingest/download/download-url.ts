import type { Clock } from "../../clock.js";
import { parseUrl } from "../../parse-url.js";
import { IngestError } from "../errors.js";
import { isLocalHost } from "./local-host.js";

interface UrlAttributes {
  readonly url?: string | null | undefined;
  /** ISO 8601. */
  readonly urlExpirationDate?: string | null | undefined;
}

interface DownloadUrlOptions {
  /** Names the file in errors. */
  readonly label: string;
  /** What the API gave first. */
  readonly attributes: UrlAttributes | undefined;
  /** Asks the API for a new URL. */
  readonly renew: () => Promise<UrlAttributes | undefined>;
  readonly clock: Clock;
  /**
   * Whether the URL may lead to this machine or a link-local address: only where the API itself is there. Otherwise, a
   * URL could make this process read what only this machine can.
   *
   * @default false
   */
  readonly allowsLocalHosts?: boolean | undefined;
  /**
   * Whether the URL may be plain http: only if the API's own URL is. Otherwise the key in it could be read on the way.
   *
   * @default false
   */
  readonly allowsHttp?: boolean | undefined;
}

/**
 * A signed URL that can be renewed. Until it expires it is a secret, so it is in private fields, which no log and no
 * `util.inspect` shows.
 */
export class DownloadUrl {
  readonly #options: DownloadUrlOptions;
  #url: string | undefined;
  /** ms since 1970. */
  #expires = Number.POSITIVE_INFINITY;

  constructor(options: DownloadUrlOptions) {
    this.#options = options;
    this.#set(options.attributes);
  }

  #set(attributes: UrlAttributes | undefined): void {
    this.#url = attributes?.url ?? undefined;
    const expires = Date.parse(attributes?.urlExpirationDate ?? "");
    // A new URL that seems to have expired already shows that our clock is wrong. Then the date means nothing.
    this.#expires = expires > this.#options.clock.now() ? expires : Number.POSITIVE_INFINITY;
  }

  /**
   * The URL; a new one if it has expired or there is none yet.
   *
   * @throws IngestError with reason `asset-missing` if the API gives no HTTP URL, or one that must not be used
   */
  async get(): Promise<string> {
    const { label, clock, allowsLocalHosts, allowsHttp } = this.#options;
    if (this.#url === undefined || clock.now() >= this.#expires) await this.renew();
    const url = parseUrl(this.#url);
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new IngestError("asset-missing", `${label}: the API gives no usable download URL.`);
    }
    if (isLocalHost(url) && !allowsLocalHosts) {
      const problem = `the API gives a download URL on ${url.hostname}, which is this machine or link-local`;
      const rule = "This is allowed only if the API itself is there";
      throw new IngestError("asset-missing", `${label}: ${problem}. It was refused. ${rule}.`);
    }
    if (url.protocol === "http:" && !allowsHttp) {
      const problem = "the API, which uses https, gives a download URL with plain http";
      throw new IngestError("asset-missing", `${label}: ${problem}. It was refused.`);
    }
    return url.href;
  }

  /** Asks the API for a new URL. */
  async renew(): Promise<void> {
    this.#set(await this.#options.renew());
  }
}
