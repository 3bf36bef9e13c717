import type { OperationId } from "../http/url.js";
import type { SandboxRequest } from "./exchange.js";

/** A request that the sandbox received. It contains no token and no signed query. */
export interface LoggedRequest {
  /** Whether it was for the API or for the CDN. */
  readonly on: "api" | "cdn";
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  /** The API's query; empty for the CDN, whose query is a secret. */
  readonly query: Readonly<Record<string, string>>;
  /** The status of the reply; undefined until there is one, and if a fault drops it. */
  status: number | undefined;
  /** Apple's name of the operation that path and method belong to. */
  readonly operation: OperationId | undefined;
  /** Whether the request had an Authorization header. The CDN must never get one. */
  readonly hadToken: boolean;
  /** The id of the key that signed the token, once the token was accepted. */
  keyId: string | undefined;
  /** The Range header. */
  readonly range: string | undefined;
  /** Whether a fault was applied to the request. */
  faulted: boolean;
}

const MAX_ENTRIES = 20_000;
const NO_QUERY = Object.freeze({});

export function logEntry(
  request: SandboxRequest,
  url: URL,
  on: LoggedRequest["on"],
  operation: OperationId | undefined,
): LoggedRequest {
  return {
    on,
    origin: url.origin,
    method: request.method,
    path: url.pathname,
    query: on === "api" && url.search !== "" ? Object.fromEntries(url.searchParams) : NO_QUERY,
    operation,
    hadToken: request.headers.get("authorization") !== null,
    range: request.headers.get("range") ?? undefined,
    status: undefined,
    keyId: undefined,
    faulted: false,
  };
}

/** Keeps the latest requests: a sandbox that runs for weeks must not grow. */
export function addToLog(log: LoggedRequest[], entry: LoggedRequest): void {
  if (log.length >= MAX_ENTRIES) log.splice(0, MAX_ENTRIES / 2);
  log.push(entry);
}
