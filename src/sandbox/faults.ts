import type { OperationId } from "./description.js";
import { ApiError, codeOfStatus, errorReply } from "./errors.js";
import { checkFault } from "./fault-check.js";
import type { Random } from "./random.js";
import { bodyContent, corrupted, lengthOf, part, type Reply, resized, type Wire } from "./reply.js";

/** Which requests a fault meets; without any of these, every request. */
export interface FaultTarget {
  /** Apple's name of an operation. */
  readonly operation?: OperationId;
  /** The API or the CDN. */
  readonly on?: "api" | "cdn";
  /** A part of the URL's path, or a pattern it fits. A CDN's file is at `/cdn/`, its resource's type and id. */
  readonly path?: string | RegExp;
  /** Lets so many requests pass first. Default 0. */
  readonly after?: number;
  /** Ends after so many requests. Default: goes on until removed. */
  readonly times?: number;
  /** Meets each request with this chance, drawn from the sandbox's seed. Default 1. */
  readonly probability?: number;
}

/** What goes wrong with a file of the CDN. */
export interface FileFault {
  /** The signed URL is refused with 403 from now on; a renewed one works. */
  readonly expireUrl?: boolean;
  /** The whole file is sent with status 200 whatever range was asked for. */
  readonly ignoreRange?: boolean;
  /** The file is so many bytes longer, or shorter when negative, headers included. `true`: one longer. */
  readonly wrongLength?: number | true;
}

/** What goes wrong. Whatever is left out is as it would be. */
export interface Fault extends FaultTarget, FileFault {
  /** Answers this instead; the request has no effect. With no `body`, Apple's error document of that status. */
  readonly status?: number;
  /** Apple's code in that error document. */
  readonly code?: string;
  /** Sent instead of the body: text, or anything else as JSON. */
  readonly body?: unknown;
  /** Set over the reply's headers; null takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /**
   * Milliseconds before the answer, by the machine's timers. A fault that only delays lets the request meet
   * another fault, too.
   */
  readonly delay?: number;
  /**
   * `refused`: the connection breaks before the request has an effect. `before-headers`: it takes effect, the
   * answer is lost. `mid-body`: the connection breaks after `at` bytes.
   */
  readonly reset?: Wire["reset"];
  /** Nothing comes any more: no headers, or no body after `at` bytes. Ends when the caller gives up. */
  readonly stall?: Wire["stall"];
  /** The body ends after `at` bytes, and says so in its length. */
  readonly truncate?: boolean;
  /** The byte at `at` is another. */
  readonly corrupt?: boolean;
  /** Where in the body it happens, in bytes. Default: half way. */
  readonly at?: number;
}

/** A fault in place. */
export interface PlacedFault {
  /** How many requests it has met. */
  readonly hits: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  readonly chance: () => number;
  seen: number;
  hits: number;
}

export interface FaultedRequest {
  readonly on: "api" | "cdn";
  readonly path: string;
  readonly operation: OperationId | undefined;
}

export function createFaults(random: Random) {
  const entries = new Set<Entry>();
  let added = 0;

  function meets(entry: Entry, request: FaultedRequest): boolean {
    const { on, operation, path, after = 0, times = Infinity, probability = 1 } = entry.fault;
    if (on !== undefined && on !== request.on) return false;
    if (operation !== undefined && operation !== request.operation) return false;
    if (typeof path === "string" && !request.path.includes(path)) return false;
    if (path instanceof RegExp && request.path.search(path) < 0) return false;
    if (entry.hits >= times || entry.seen++ < after || entry.chance() >= probability) return false;
    entry.hits++;
    return true;
  }

  return {
    /**
     * Places a fault. A request meets the first one that fits it, in the order they were placed.
     *
     * @throws TypeError for a key or an operation that there is none of
     */
    add(fault: Fault): PlacedFault {
      checkFault(fault);
      const entry: Entry = { fault, chance: random.numbers(`fault ${++added}`), seen: 0, hits: 0 };
      entries.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove: () => void entries.delete(entry),
      };
    },
    /** Takes all faults away. */
    clear(): void {
      entries.clear();
    },
    /** The fault this request meets, with the delays before it added up. */
    next(request: FaultedRequest): Fault | undefined {
      if (entries.size === 0) return undefined;
      let delay = 0;
      for (const entry of entries) {
        if (!meets(entry, request)) continue;
        delay += entry.fault.delay ?? 0;
        if (!onlyDelays(entry.fault)) return { ...entry.fault, delay };
      }
      return delay > 0 ? { delay } : undefined;
    },
  };
}

function onlyDelays({ delay, operation, on, path, after, times, probability, ...effects }: Fault): boolean {
  return Object.keys(effects).length === 0;
}

/** The answer of a fault that replaces the real one, which then never happens. */
export function replacement({ status, code, body, reset }: Fault, id: string): Reply | undefined {
  if (status === undefined) return reset === "refused" ? { status: 503, headers: {}, body: "" } : undefined;
  if (body !== undefined || status < 400)
    return { status, headers: { "content-type": "application/json" }, body: "" };
  const known = code ?? codeOfStatus[status] ?? "UNEXPECTED_ERROR";
  return errorReply(new ApiError(status, known, "A fault placed in the sandbox."), id);
}

/** What a fault makes of a reply that has its length among its headers. */
export function distorted(reply: Reply, fault: Fault, on: "api" | "cdn"): Reply {
  let body = reply.body;
  if (fault.body !== undefined)
    body = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body);
  if (fault.wrongLength && on === "api") {
    const content = bodyContent(body);
    body = resized(content, Math.max(0, content.size + Number(fault.wrongLength)));
  }
  if (fault.corrupt || fault.truncate) {
    const content = bodyContent(body);
    const at = Math.min(fault.at ?? Math.floor(content.size / 2), content.size);
    body = fault.truncate ? part(content, 0, at) : corrupted(content, at);
  }
  const headers: Record<string, string> = { ...reply.headers };
  if (body !== reply.body) headers["content-length"] = String(lengthOf(body));
  for (const [name, value] of Object.entries(fault.headers ?? {})) {
    if (value === null) delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
  const { reset, stall, at } = fault;
  const wire: Wire = { ...(reset && { reset }), ...(stall && { stall }), ...(at !== undefined && { at }) };
  return { status: reply.status, headers, body, ...((reset ?? stall) && { wire }) };
}
