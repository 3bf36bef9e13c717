import type { OperationId } from "./description.js";

/** A request the sandbox was sent. It holds no token and no signed query. */
export interface LoggedRequest {
  /** Which of the two was asked. */
  readonly on: "api" | "cdn";
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  /** The API's query; empty for the CDN, where it is a secret. */
  readonly query: Readonly<Record<string, string>>;
  /** The status answered; undefined while there is none. */
  status: number | undefined;
  /** Apple's name of the operation, where path and method fit one. */
  readonly operation: OperationId | undefined;
  /** Whether an Authorization header came along. The CDN must never be sent one. */
  readonly hadToken: boolean;
  /** The key that signed the token, once it is found good. */
  keyId: string | undefined;
  /** The Range header. */
  readonly range: string | undefined;
  /** Whether the request met a fault. */
  faulted: boolean;
}

const MAX_ENTRIES = 20_000;

/** Keeps the latest requests: a sandbox that runs for weeks must not grow. */
export function keep(log: LoggedRequest[], entry: LoggedRequest): void {
  if (log.length >= MAX_ENTRIES) log.splice(0, MAX_ENTRIES / 2);
  log.push(entry);
}
