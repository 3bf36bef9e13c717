import type { Clock } from "../../clock.js";
import { IngestError } from "../errors.js";

/** The attributes in which the API gives a signed URL. */
interface UrlAttributes {
  readonly url?: string | undefined;
  /** ISO 8601. */
  readonly urlExpirationDate?: string | undefined;
}

/** What a {@link DownloadUrl} is made of. */
interface DownloadUrlOptions {
  /** Names the file in errors. */
  readonly label: string;
  /** What the API gave first. */
  readonly attributes: UrlAttributes | undefined;
  /** Asks the API for a new URL. */
  readonly renew: () => Promise<UrlAttributes | undefined>;
  readonly clock: Clock;
}

/**
 * A signed URL that can be renewed. Until it expires it is a secret, so it is in private fields, which no log and no
 * `util.inspect` shows.
 */
export class DownloadUrl {
  readonly #label: string;
  readonly #renew: () => Promise<UrlAttributes | undefined>;
  readonly #clock: Clock;
  #url: string | undefined;
  /** ms since 1970. */
  #expires = Number.POSITIVE_INFINITY;

  constructor({ label, attributes, renew, clock }: DownloadUrlOptions) {
    this.#label = label;
    this.#renew = renew;
    this.#clock = clock;
    this.#set(attributes);
  }

  #set(attributes: UrlAttributes | undefined): void {
    this.#url = attributes?.url;
    const expires = Date.parse(attributes?.urlExpirationDate ?? "");
    // A new URL that seems to have expired already shows that our clock is wrong. Then the date means nothing.
    this.#expires = expires > this.#clock.now() ? expires : Number.POSITIVE_INFINITY;
  }

  /**
   * The URL; a new one if it has expired or there is none yet.
   *
   * @throws IngestError with reason `asset-missing` if the API gives no HTTP URL
   */
  async get(): Promise<string> {
    if (this.#url === undefined || this.#clock.now() >= this.#expires) await this.renew();
    const url = this.#url;
    if (url !== undefined && /^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) return url;
    throw new IngestError("asset-missing", `${this.#label}: the API gives no usable download URL.`);
  }

  /** Asks the API for a new URL. */
  async renew(): Promise<void> {
    this.#set(await this.#renew());
  }
}
