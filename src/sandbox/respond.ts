import { answerApi } from "./api/api.js";
import type { ApiParts } from "./api/call.js";
import type { Limiter } from "./api/limits.js";
import { matchPath, routeFor } from "./api/operations.js";
import type { Authenticate } from "./api/token.js";
import { lengthOf } from "./content.js";
import type { Reply, Respond, SandboxRequest } from "./exchange.js";
import { distorted, replacement } from "./fault-effects.js";
import type { Faults } from "./faults.js";
import { addToLog, type LoggedRequest, logEntry } from "./log.js";
import { Rejection, rejectionReply } from "./rejection.js";

interface RespondParts extends ApiParts {
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly faults: Faults;
  readonly log: LoggedRequest[];
  /** The origin of signed URLs, when the request does not say. */
  readonly cdnOrigin: () => string;
  /** Makes the changes that are due by the clock. */
  readonly settle: () => void;
}

interface ApiRequest {
  readonly request: SandboxRequest;
  readonly url: URL;
  readonly match: ReturnType<typeof matchPath>;
  readonly entry: LoggedRequest;
  readonly requestId: string;
  /** Ms before the answer. */
  readonly delay: number;
}

/** Answers a request: logs it, applies a fault, then asks the API or the CDN. */
export function createRespond(parts: RespondParts): Respond {
  const { random, clock } = parts.context;
  const dateHeader = createDateHeader();
  let count = 0;

  return async (request) => {
    const url = new URL(request.url);
    const on = url.pathname.startsWith("/cdn/") ? "cdn" : "api";
    const match = on === "api" ? matchPath(url.pathname) : undefined;
    const entry = logEntry(request, url, on, match?.methods.get(request.method)?.operationId);
    addToLog(parts.log, entry);
    const requestId = `${random.seedId}-${(++count).toString(16).padStart(12, "0")}`;
    const fault = parts.faults.next(entry);
    entry.faulted = fault !== undefined;

    const delay = fault?.delay ?? 0;
    let reply = fault && replacement(fault, requestId);
    if (!reply && on === "api") {
      reply = await answerApiRequest({ request, url, match, entry, requestId, delay }, parts);
    } else {
      if (delay > 0) await clock.sleep(delay);
      reply ??= await parts.cdn.answer(request, url, fault);
    }
    const { headers } = reply;
    headers.date = dateHeader(clock.now());
    headers["x-request-id"] = requestId;
    if (on === "api") headers["x-rate-limit"] = parts.limiter.header(entry.keyId);
    if (reply.status !== 204 && reply.status !== 304) {
      headers["content-length"] = String(lengthOf(reply.body));
    }
    if (fault) reply = distorted(reply, fault, on);
    if (!isLost(reply)) entry.status = reply.status;
    return reply;
  };
}

async function answerApiRequest(
  { request, url, match, entry, requestId, delay }: ApiRequest,
  parts: RespondParts,
): Promise<Reply> {
  try {
    const key = await parts.authenticate(request, url);
    entry.keyId = key.keyId;
    const end = parts.limiter.start(key.keyId);
    try {
      // Within the limiter: a delayed request counts as one that is running.
      if (delay > 0) await parts.context.clock.sleep(delay);
      parts.settle();
      const route = routeFor(match, request.method, url.pathname);
      const cdnOrigin = request.cdnOrigin ?? parts.cdnOrigin();
      return await answerApi({ route, id: match?.id ?? "", url, key, request, cdnOrigin }, parts);
    } finally {
      end();
    }
  } catch (error) {
    if (error instanceof Rejection) return rejectionReply(error, requestId);
    throw error;
  }
}

function isLost({ connection }: Reply): boolean {
  const { stall, reset } = connection ?? {};
  return stall === "headers" || reset === "refused" || reset === "before-headers";
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
