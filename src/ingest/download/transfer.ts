import type { Clock } from "../../clock.js";
import { parseUrl } from "../../parse-url.js";
import { connectionCode } from "./connection-code.js";
import { DownloadError } from "./download-error.js";
import type { BodyConsumer, CdnResponse, PendingGet } from "./http-get.js";

interface TransferOptions {
  readonly request: PendingGet;
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * One GET under way. It knows since when the CDN sends nothing, and turns what goes wrong into a DownloadError.
 * `stall` and `cancel` end it even if the request goes on: a caller's fetch may ignore its signal.
 */
export class Transfer {
  /**
   * Since when we wait for the CDN, by the clock's `elapsed`. Infinity while the caller works on received bytes,
   * because that time is not the CDN's.
   */
  waitingSince: number;
  readonly #request: PendingGet;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Rejects when the transfer is cancelled. */
  readonly #cancelled: Promise<never>;
  #reject: (reason: unknown) => void = () => {};
  #isOver = false;
  #isBodyUnread = true;

  constructor({ request, url, clock, signal }: TransferOptions) {
    this.#request = request;
    this.#url = url;
    this.#clock = clock;
    this.#signal = signal;
    this.waitingSince = clock.elapsed();
    this.#cancelled = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // A rejection that nobody waits for would end the process.
    this.#cancelled.catch(() => undefined);
    request.response.catch(() => undefined);
  }

  /** Whether the connection had died before the request was sent. */
  get hadDeadSocket(): boolean {
    return this.#request.hadDeadSocket();
  }

  /** The response. Its `read` throws what the consumer throws, or a DownloadError. */
  async response(): Promise<CdnResponse> {
    const response = await Promise.race([this.#request.response, this.#cancelled]).catch((error: unknown) => {
      throw this.#failure(error);
    });
    const { status, header } = response;
    // What matters of an error page is its status.
    if (status < 400 && !/^(identity)?$/i.test(header("content-encoding") ?? "")) {
      throw new DownloadError("sent a compressed file, which was not asked for");
    }
    return { status, header, read: (...args) => this.#read(response, ...args) };
  }

  /** Closes the connection because no byte came for `timeout` ms. */
  stall(timeout: number): void {
    this.#reject(new DownloadError(`sent no byte for ${timeout / 1000} s`));
    this.#request.cancel();
  }

  /** Closes the connection. */
  cancel(): void {
    this.#reject(this.#signal.reason);
    this.#request.cancel();
  }

  /** Ends the transfer. Closes the connection unless the whole body was read: then it can be used again. */
  end(): void {
    this.#isOver = true;
    if (this.#isBodyUnread) this.cancel();
  }

  /**
   * Passes the body to `consume`, piece by piece: until it ends, `consume` wants no more or throws, the connection breaks,
   * or the transfer is cancelled.
   */
  async #read(response: CdnResponse, consume: BodyConsumer, isFreed?: boolean): Promise<void> {
    /** What `consume` threw, or what broke the connection. */
    let thrown: { readonly error: unknown } | undefined;
    /** The last call of `consume`, if it takes time. */
    let consuming: Promise<boolean> | undefined;
    let wantsMore = true;
    const consumed = (more: boolean) => {
      // From here on, we wait for the CDN again.
      this.waitingSince = this.#clock.elapsed();
      wantsMore = more;
      return more;
    };
    const threw = (error: unknown) => {
      thrown = { error };
      return consumed(false);
    };
    const receive: BodyConsumer = (bytes) => {
      // The file may be closed by now.
      if (this.#isOver) return false;
      this.waitingSince = Number.POSITIVE_INFINITY;
      try {
        const more = consume(bytes);
        if (typeof more === "boolean") return consumed(more);
        consuming = more.then(consumed, threw);
        return consuming;
      } catch (error) {
        return threw(error);
      }
    };
    await Promise.race([response.read(receive, isFreed), this.#cancelled]).catch((error: unknown) => {
      this.#isOver = true;
      thrown ??= { error: this.#failure(error) };
    });
    // The connection may end while bytes are still being written. The caller must find them written.
    await consuming;
    if (thrown) throw thrown.error;
    this.#isBodyUnread = !wantsMore;
  }

  #failure(error: unknown): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    if (error instanceof DownloadError) return error;
    const host = parseUrl(this.#url)?.host;
    const place = host === undefined ? "" : `${host}, `;
    const hint = host?.endsWith(".sandbox.example")
      ? "; only the sandbox reaches this host: give the option fetch: sandbox.fetch"
      : "";
    return new DownloadError(`broke the connection (${place}${connectionCode(error)}${hint})`);
  }
}
