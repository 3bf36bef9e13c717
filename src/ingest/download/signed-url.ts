import { IngestError } from "../errors.js";

/** The attributes in which the API hands out a signed URL. */
export interface Signed {
  url?: string;
  urlExpirationDate?: string;
}

/** A signed URL that can be renewed. It is a secret: it stays in private fields, which no log or inspection shows. */
export class SignedUrl {
  readonly #what: string;
  readonly #sign: () => Promise<Signed | undefined>;
  #url: string | undefined;
  #expires = Number.POSITIVE_INFINITY;

  /**
   * @param what names the file in errors
   * @param sign asks the API for a new URL
   */
  constructor(what: string, signed: Signed | undefined, sign: () => Promise<Signed | undefined>) {
    this.#what = what;
    this.#sign = sign;
    this.#take(signed);
  }

  #take(signed: Signed | undefined): void {
    this.#url = signed?.url;
    const expires = Date.parse(signed?.urlExpirationDate ?? "");
    // A URL that seems to have expired before it was received shows that our clock is wrong: it tells nothing then.
    this.#expires = expires > Date.now() ? expires : Number.POSITIVE_INFINITY;
  }

  /** The URL, a new one if it has run out or there is none yet. */
  async get(): Promise<string> {
    if (this.#url === undefined || Date.now() >= this.#expires) await this.renew();
    const url = this.#url;
    if (url !== undefined && /^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) return url;
    throw new IngestError("asset-missing", `${this.#what}: the API gives no usable download URL.`);
  }

  /** Asks the API for a new URL. */
  async renew(): Promise<void> {
    this.#take(await this.#sign());
  }
}
