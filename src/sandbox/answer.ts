import { answerApi } from "./api.js";
import type { Authenticate } from "./auth.js";
import type { Dependencies } from "./call.js";
import type { Route } from "./description.js";
import { ApiError, errorReply } from "./errors.js";
import { type createFaults, distorted, replacement } from "./faults.js";
import type { createLimiter } from "./limits.js";
import { keep, type LoggedRequest } from "./log.js";
import { lengthOf, type Reply, type SandboxRequest } from "./reply.js";
import { type Match, matchPath, routeFor } from "./route.js";

interface Parts extends Dependencies {
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
  const dateHeader = createDateHeader();
  let count = 0;

  return async (request) => {
    const url = new URL(request.url);
    const on = url.pathname.startsWith("/cdn/") ? "cdn" : "api";
    const match = on === "api" ? matchPath(url.pathname) : undefined;
    const entry = logged(request, url, on, match?.methods.get(request.method)?.operationId);
    keep(log, entry);
    const requestId = `${random.seedId}-${(++count).toString(16).padStart(12, "0")}`;
    const fault = faults.next(entry);
    entry.faulted = fault !== undefined;

    const pause = fault?.delay ? () => wait(fault.delay) : undefined;
    let reply = fault && replacement(fault, requestId);
    if (reply) await pause?.();
    else if (on === "api") reply = await api(request, url, match, entry, requestId, pause);
    else {
      await pause?.();
      reply = await cdn.answer(request, url, fault);
    }
    const { headers } = reply;
    headers.date = dateHeader(now());
    headers["x-request-id"] = requestId;
    if (on === "api") headers["x-rate-limit"] = limiter.header(entry.keyId);
    if (reply.status !== 204 && reply.status !== 304)
      headers["content-length"] = String(lengthOf(reply.body));
    if (fault) reply = distorted(reply, fault, on);
    if (!isLost(reply)) entry.status = reply.status;
    return reply;
  };

  /** Answers a request to the API. One that takes its time counts among those that run at once. */
  async function api(
    request: SandboxRequest,
    url: URL,
    match: Match | undefined,
    entry: LoggedRequest,
    requestId: string,
    pause: (() => Promise<void>) | undefined,
  ): Promise<Reply> {
    try {
      const key = await parts.authenticate(request, url);
      entry.keyId = key.keyId;
      const leave = limiter.enter(key.keyId);
      try {
        if (pause) await pause();
        parts.settle();
        const route = routeFor(match, request.method, url.pathname);
        const cdnOrigin = request.cdnOrigin ?? parts.cdnOrigin();
        return await answerApi({ route, id: match?.id ?? "", url, key, request, cdnOrigin }, parts);
      } finally {
        leave();
      }
    } catch (error) {
      if (error instanceof ApiError) return errorReply(error, requestId);
      throw error;
    }
  }
}

function isLost({ wire }: Reply): boolean {
  return wire?.stall === "headers" || wire?.reset === "refused" || wire?.reset === "before-headers";
}

/** The Date header, written once a second. */
function createDateHeader(): (ms: number) => string {
  let second = Number.NaN;
  let text = "";
  return (ms) => {
    const current = Math.floor(ms / 1000);
    if (current !== second) {
      second = current;
      text = new Date(ms).toUTCString();
    }
    return text;
  };
}

const noQuery = Object.freeze({});

function logged(
  request: SandboxRequest,
  url: URL,
  on: "api" | "cdn",
  operation: Route["operationId"] | undefined,
): LoggedRequest {
  return {
    on,
    origin: url.origin,
    method: request.method,
    path: url.pathname,
    query: on === "api" && url.search !== "" ? Object.fromEntries(url.searchParams) : noQuery,
    operation,
    hadToken: request.headers.get("authorization") !== null,
    range: request.headers.get("range") ?? undefined,
    status: undefined,
    keyId: undefined,
    faulted: false,
  };
}

/** By the global timer, which a test can fake. */
function wait(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
