/** A `fetch` for the CDN. It is called `(url: string, init)`. */
export type CdnFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Gets the next bytes of a body. Returns whether it wants more. */
export type BodyConsumer = (bytes: Uint8Array) => boolean | Promise<boolean>;

/** A response whose body has not been read yet. */
export interface CdnResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /**
   * Calls `consume` with the body piece by piece, until it ends or `consume` wants no more.
   *
   * @param isFreed whether a piece's memory may be freed when `consume` is done with it. Default: false
   */
  read(consume: BodyConsumer, isFreed?: boolean): Promise<void>;
}

/** A request that was sent. */
export interface PendingGet {
  readonly response: Promise<CdnResponse>;
  /** Whether it was sent on a connection that had been idle, and got no response. Then the connection was dead. */
  hadDeadSocket(): boolean;
  /** Closes the connection. May be called at any time. */
  cancel(): void;
}

export type SendGet = (url: string, headers: Readonly<Record<string, string>>) => PendingGet;
