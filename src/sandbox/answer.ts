import { answerApi } from "./api.js";
import type { Authenticate } from "./auth.js";
import type { Dependencies } from "./call.js";
import type { Cdn } from "./cdn.js";
import type { Clock } from "./clock.js";
import type { Route } from "./description.js";
import { ApiError, errorReply } from "./errors.js";
import { type createFaults, distorted, replacement } from "./faults.js";
import type { createLimiter } from "./limits.js";
import { keep, type LoggedRequest } from "./log.js";
import type { Random } from "./random.js";
import { lengthOf, type Reply, type SandboxRequest } from "./reply.js";
import { type Match, matchPath, routeFor } from "./route.js";

interface Parts extends Omit<Dependencies, "sign"> {
  readonly random: Random;
  readonly now: Clock;
  readonly cdn: Cdn;
  readonly authenticate: Authenticate;
  readonly limiter: ReturnType<typeof createLimiter>;
  readonly faults: ReturnType<typeof createFaults>;
  readonly log: LoggedRequest[];
  /** Where signed URLs point when the request does not say. */
  readonly cdnOrigin: () => string;
  /** Brings the state up to the clock. */
  readonly settle: () => void;
}

/** The sandbox as one function; `fetch`, the msw handlers and the HTTP server hand requests over to it. */
export type Answer = (request: SandboxRequest) => Promise<Reply>;

export function createAnswer(parts: Parts): Answer {
  const { random, now, cdn, faults, limiter, log } = parts;
  let count = 0;
  let second = Number.NaN;
  let date = "";
  const dateHeader = (ms: number) => {
    if (Math.floor(ms / 1000) !== second) {
      second = Math.floor(ms / 1000);
      date = new Date(ms).toUTCString();
    }
    return date;
  };

  return async (request) => {
    const url = new URL(request.url);
    const on = url.pathname.startsWith("/cdn/") ? "cdn" : "api";
    const match = on === "api" ? matchPath(url.pathname) : undefined;
    const operation = match?.methods.get(request.method)?.operationId;
    const entry = logged(request, url, on, operation);
    keep(log, entry);
    const requestId = `${random.seedId}-${(++count).toString(16).padStart(12, "0")}`;
    const fault = faults.next({ on, path: url.pathname, ...(operation && { operation }) });
    entry.faulted = fault !== undefined;
    const delay = async () => {
      if (fault?.delay) await wait(fault.delay);
    };

    let reply = fault && replacement(fault, requestId);
    if (reply !== undefined || on === "cdn") await delay();
    if (on === "cdn") reply ??= await cdn.answer(request, url, fault);
    reply ??= await api(request, url, match, entry, delay).catch((error: unknown) => {
      if (error instanceof ApiError) return errorReply(error, requestId);
      throw error;
    });

    const headers: Record<string, string> = {
      date: dateHeader(now()),
      "x-request-id": requestId,
      ...(on === "api" && { "x-rate-limit": limiter.header(entry.keyId) }),
      ...(reply.status !== 204 && reply.status !== 304 && { "content-length": String(lengthOf(reply.body)) }),
      ...reply.headers,
    };
    reply = { ...reply, headers };
    if (fault) reply = distorted(reply, fault, on);
    if (!isLost(reply)) entry.status = reply.status;
    return reply;
  };

  /** Answers a request to the API; throws an ApiError for one that is refused. */
  async function api(
    request: SandboxRequest,
    url: URL,
    match: Match | undefined,
    entry: LoggedRequest,
    delay: () => Promise<void>,
  ): Promise<Reply> {
    const key = await parts.authenticate(request, url);
    entry.keyId = key.keyId;
    limiter.enter(key.keyId);
    try {
      // A request that takes its time counts among those running at once.
      await delay();
      parts.settle();
      const route = routeFor(match, request.method, url.pathname);
      const origin = request.cdnOrigin ?? parts.cdnOrigin();
      const sign: Dependencies["sign"] = (resource) => cdn.sign(resource, origin);
      return await answerApi({ route, id: match?.id ?? "", url, key, request }, { ...parts, sign });
    } finally {
      limiter.leave(key.keyId);
    }
  }
}

function isLost({ wire }: Reply): boolean {
  return wire?.stall === "headers" || wire?.reset === "refused" || wire?.reset === "before-headers";
}

function logged(
  request: SandboxRequest,
  url: URL,
  on: "api" | "cdn",
  operation: Route["operationId"] | undefined,
): LoggedRequest {
  const range = request.headers.get("range");
  return {
    on,
    origin: url.origin,
    method: request.method,
    path: url.pathname,
    query: on === "api" ? Object.fromEntries(url.searchParams) : {},
    ...(operation && { operation }),
    hadToken: request.headers.get("authorization") !== null,
    ...(range !== null && { range }),
    faulted: false,
  };
}

/** By the global timer, which a test can fake. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
