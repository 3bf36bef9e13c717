import { onAbort } from "../../abort.js";
import type { Clock } from "../../clock.js";
import { parseHttpDate, parseRetryAfter } from "../../http/headers.js";
import { CdnHealth, type Turn } from "./cdn-health.js";
import { fetchGet } from "./fetch-get.js";
import type { CdnFetch, CdnResponse, SendGet } from "./http-get.js";
import { Connections, nodeGet } from "./node-get.js";
import { needsGlobalFetch } from "./proxy.js";
import { Transfer } from "./transfer.js";

// How often a request is sent again because its connection had died while it was idle.
const MAX_DEAD_SOCKETS = 3;

interface CdnClientOptions {
  /** Default: node:http(s), or the global fetch if that has a proxy. */
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
  readonly health: CdnHealth;
  readonly #sendGet: SendGet;
  readonly #stallTimeout: number;
  readonly #connections = new Connections();
  // Not a Set: when thousands of entries pass through one, it keeps their memory until a full garbage collection.
  readonly #transfers: Transfer[] = [];
  readonly #closed = new AbortController();
  readonly #stopListening: () => void;
  #isWatching = false;

  constructor({ fetch, stallTimeout, clock, signal }: CdnClientOptions) {
    this.clock = clock;
    this.signal = signal;
    this.health = new CdnHealth(clock, signal);
    // Not globalThis.fetch itself, so that a replacement made later is used.
    const used = fetch ?? (needsGlobalFetch() ? (...args) => globalThis.fetch(...args) : undefined);
    this.#sendGet = used ? fetchGet(used) : nodeGet(this.#connections);
    this.#stallTimeout = stallTimeout;
    // One listener for all transfers: one for each would take memory for thousands of them.
    this.#stopListening = onAbort(signal, () => {
      for (const transfer of [...this.#transfers]) transfer.cancel();
    });
  }

  /** To be called when it is known how large the package is, and how many connections are used at once. */
  expect(packageBytes: number, connections: number): void {
    this.#connections.expect(packageBytes, connections);
  }

  /**
   * Sends one GET request and calls `use` with its response. Closes the connection if `use` does not read the whole
   * body. Waits first if the CDN has asked for a pause.
   *
   * @throws DownloadError if the request fails in a way that another attempt may not
   */
  async get<T>(
    url: string,
    headers: Readonly<Record<string, string>>,
    use: (response: CdnResponse) => Promise<T>,
  ): Promise<T> {
    const turn = await this.health.enter();
    try {
      for (let deadSockets = 0; ; deadSockets++) {
        const transfer = this.#start(url, headers);
        try {
          const response = await transfer.response().catch((error: unknown) => {
            const isDead = transfer.hadDeadSocket && deadSockets < MAX_DEAD_SOCKETS;
            if (isDead && !this.signal.aborted) return undefined;
            throw error;
          });
          if (response) {
            this.#noteRefusal(turn, response);
            return await use(response);
          }
        } finally {
          this.#transfers.splice(this.#transfers.indexOf(transfer), 1);
          transfer.end();
        }
        // The other idle ones are as old as the one that was dead.
        this.#connections.closeIdle();
      }
    } finally {
      this.health.end(turn);
    }
  }

  #start(url: string, headers: Readonly<Record<string, string>>): Transfer {
    const { clock, signal } = this;
    signal.throwIfAborted();
    const request = this.#sendGet(url, { ...headers, "accept-encoding": "identity" });
    const transfer = new Transfer({ request, url, clock, signal });
    this.#transfers.push(transfer);
    if (!this.#isWatching) void this.#watchForStalls();
    return transfer;
  }

  /** Pauses all downloads if the CDN says that it got too many requests. */
  #noteRefusal(turn: Turn, { status, header }: CdnResponse): void {
    if (status < 400) return;
    const serverTime = parseHttpDate(header("date") ?? null) ?? this.clock.now();
    const retryAfter = parseRetryAfter(header("retry-after") ?? null, serverTime);
    if (status === 429 || retryAfter !== undefined) this.health.refused(turn, retryAfter);
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

  close(): void {
    this.#stopListening();
    this.#closed.abort();
    this.#connections.close();
  }
}
