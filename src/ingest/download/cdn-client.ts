import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { onAbort } from "../../abort.js";
import type { Clock } from "../../clock.js";
import { type CdnFetch, type CdnResponse, fetchGet, nodeGet, type SendGet } from "./http-get.js";
import { Transfer } from "./transfer.js";

/** What a {@link CdnClient} needs. */
interface CdnClientOptions {
  /** Default: node:http(s). */
  readonly fetch?: CdnFetch | undefined;
  /** ms without a byte after which a connection counts as broken. */
  readonly stallTimeout: number;
  readonly clock: Clock;
  /** Ends all downloads. */
  readonly signal: AbortSignal;
}

/**
 * Sends GET requests to the CDN: without the API's token, uncompressed, on connections that are used again. A request
 * that gets no byte for `stallTimeout` fails.
 */
export class CdnClient {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly #sendGet: SendGet;
  readonly #stallTimeout: number;
  readonly #agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  // Not a Set: when thousands of entries pass through one, it keeps their memory until a full garbage collection.
  readonly #transfers: Transfer[] = [];
  readonly #closed = new AbortController();
  readonly #stopListening: () => void;
  #isWatching = false;

  constructor({ fetch, stallTimeout, clock, signal }: CdnClientOptions) {
    this.clock = clock;
    this.signal = signal;
    this.#sendGet = fetch ? fetchGet(fetch) : nodeGet(this.#agents);
    this.#stallTimeout = stallTimeout;
    // One listener for all transfers: one for each would take memory for thousands of them.
    this.#stopListening = onAbort(signal, () => {
      for (const transfer of this.#transfers) transfer.cancel();
    });
  }

  /**
   * Sends one GET request and calls `use` with its response. Closes the connection if `use` does not read the whole
   * body.
   *
   * @throws DownloadError if the request fails in a way that another attempt may not
   */
  async get<T>(
    url: string,
    headers: Readonly<Record<string, string>>,
    use: (response: CdnResponse) => Promise<T>,
  ): Promise<T> {
    const { clock, signal } = this;
    signal.throwIfAborted();
    const request = this.#sendGet(url, { ...headers, "accept-encoding": "identity" });
    const transfer = new Transfer({ request, url, clock, signal });
    this.#transfers.push(transfer);
    if (!this.#isWatching) void this.#watchForStalls();
    try {
      return await use(await transfer.response());
    } finally {
      this.#transfers.splice(this.#transfers.indexOf(transfer), 1);
      transfer.end();
    }
  }

  /**
   * Ends the transfers from which no byte came for too long, until there are no transfers. One timer serves all: it
   * is set for the transfer that has waited longest, and set again when bytes have come in the meantime. That is cheaper
   * than a timer for each request or each piece of a body.
   */
  async #watchForStalls(): Promise<void> {
    this.#isWatching = true;
    while (this.#transfers.length > 0 && !this.#closed.signal.aborted) {
      const now = this.clock.elapsed();
      let wait = this.#stallTimeout;
      for (const transfer of this.#transfers) {
        const left = transfer.waitingSince + this.#stallTimeout - now;
        if (left <= 0) transfer.stall(this.#stallTimeout);
        else wait = Math.min(wait, left);
      }
      // Rejects when the CdnClient is closed, which ends the loop.
      await this.clock.sleep(wait, this.#closed.signal).catch(() => undefined);
    }
    this.#isWatching = false;
  }

  /** Closes the connections. */
  close(): void {
    this.#stopListening();
    this.#closed.abort();
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}
