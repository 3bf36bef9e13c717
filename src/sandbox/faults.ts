import { checkNumber, checkObject, optionError, show } from "../checks.js";
import { LONGEST_TIMER } from "../clock.js";
import type { OperationId } from "../http/url.js";
import { ROUTES } from "./api/operations.js";
import { type FileFault, isPackageZip } from "./cdn.js";
import type { ConnectionFault } from "./exchange.js";
import type { Random } from "./random.js";

/** The requests that a fault applies to; without any of these fields, every request. */
export interface FaultTarget {
  /** Apple's name of an operation. */
  readonly operation?: OperationId | undefined;
  /** The API or the CDN. */
  readonly on?: "api" | "cdn" | undefined;
  /** A part of the URL's path, or a pattern. A file of the CDN is at `/cdn/<resource type>/<resource id>`. */
  readonly path?: string | RegExp | undefined;
  /**
   * How many matching requests get no fault before the first one that does.
   * @default 0
   */
  readonly after?: number | undefined;
  /**
   * How many requests get the fault.
   * @default all, until the fault is removed
   */
  readonly times?: number | undefined;
  /**
   * The probability from 0 to 1 with which a matching request gets the fault, drawn from the sandbox's seed.
   * @default 1
   */
  readonly probability?: number | undefined;
}

/** What goes wrong. */
export interface Fault extends FaultTarget, FileFault {
  /**
   * Replaces the answer, from 200 to 599; the request has no effect. Without `body`, it is Apple's error document
   * of that status.
   */
  readonly status?: number | undefined;
  /** Apple's code in that error document. */
  readonly code?: string | undefined;
  /** Sent in place of the body: text, or anything else as JSON. */
  readonly body?: unknown;
  /** Replace headers of the reply; null removes one. */
  readonly headers?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Milliseconds before the answer, by the machine's timers. A fault that is only a delay can be
   * combined with another fault.
   */
  readonly delay?: number | undefined;
  /**
   * `refused`: the connection breaks before the request has an effect. `before-headers`: the request takes effect,
   * the answer is lost. `mid-body`: the connection breaks after `at` bytes.
   */
  readonly reset?: ConnectionFault["reset"];
  /** Nothing more is sent: no headers, or no body after `at` bytes. Ends when the caller gives up. */
  readonly stall?: ConnectionFault["stall"];
  /** The body ends after `at` bytes, and its length says so. */
  readonly truncate?: boolean | undefined;
  /** The byte at `at` is changed. */
  readonly corrupt?: boolean | undefined;
  /**
   * The place in the body, in bytes.
   * @default the middle
   */
  readonly at?: number | undefined;
}

/** A fault that was added. */
export interface PlacedFault {
  /** How many requests it was applied to. */
  readonly hits: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  readonly draw: () => number;
  /** Matching requests so far, for `after`. */
  seen: number;
  hits: number;
}

/** What decides which faults apply to a request. */
interface FaultedRequest {
  readonly on: "api" | "cdn";
  readonly path: string;
  readonly operation: OperationId | undefined;
}

export class Faults {
  readonly #random: Random;
  readonly #entries = new Set<Entry>();
  #added = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(fault: Fault): PlacedFault {
    checkFault(fault);
    const entry: Entry = { fault, draw: this.#random.numbers(`fault ${++this.#added}`), seen: 0, hits: 0 };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => void this.#entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The fault that applies to this request, with the sum of all delays before it. */
  next(request: FaultedRequest): Fault | undefined {
    let delay = 0;
    for (const entry of this.#entries) {
      if (!appliesTo(entry, request)) continue;
      delay += entry.fault.delay ?? 0;
      if (!onlyDelays(entry.fault)) return { ...entry.fault, delay };
    }
    return delay > 0 ? { delay } : undefined;
  }
}

function appliesTo(entry: Entry, request: FaultedRequest): boolean {
  const { on, operation, path, after = 0, times = Infinity, probability = 1 } = entry.fault;
  if (on !== undefined && on !== request.on) return false;
  if (operation !== undefined && operation !== request.operation) return false;
  if (typeof path === "string" && !request.path.includes(path)) return false;
  if (path instanceof RegExp && request.path.search(path) < 0) return false;
  if (entry.fault.signature !== undefined && !isPackageZip(request.path)) return false;
  if (entry.hits >= times || entry.seen++ < after || entry.draw() >= probability) return false;
  entry.hits++;
  return true;
}

function onlyDelays({ delay, operation, on, path, after, times, probability, ...effects }: Fault): boolean {
  return Object.values(effects).every((effect) => effect === undefined);
}

type Check = (name: string, value: unknown) => void;

const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (name, value) => {
    if (!allowed.includes(value)) throw optionError(name, allowed.map(show).join(" or "), show(value));
  };

const numberIn =
  (min: number, max: number, rest: { readonly unit?: string; readonly whole?: boolean } = {}): Check =>
  (name, value) =>
    void checkNumber(name, value, { min, max, ...rest });

const text: Check = (name, value) => {
  if (typeof value !== "string") throw optionError(name, "a string", show(value));
};

const flag = oneOf(true, false);
const count = numberIn(0, Infinity);

/** One check for each key: the type does not allow a missing one. */
const CHECKS: Readonly<Record<keyof Fault, Check>> = {
  operation: (name, value) => {
    if (ROUTES.some(({ operationId }) => operationId === value)) return;
    throw optionError(name, "Apple's operationId, as in AttemptEvent.operation", show(value));
  },
  on: oneOf("api", "cdn"),
  path: (name, value) => {
    if (typeof value !== "string" && !(value instanceof RegExp)) {
      throw optionError(name, "a string or a regular expression", show(value));
    }
  },
  after: count,
  times: count,
  probability: numberIn(0, 1),
  expireUrl: flag,
  ignoreRange: flag,
  wrongLength: (name, value) => {
    if (value === true || Number.isSafeInteger(value)) return;
    throw optionError(name, "a whole number of bytes, or true", show(value));
  },
  signature: oneOf("invalid", "missing", "other-package", "untrusted"),
  status: numberIn(200, 599, { whole: true }),
  code: text,
  body: () => {},
  headers: checkObject,
  delay: numberIn(0, LONGEST_TIMER, { unit: "ms" }),
  reset: oneOf("refused", "before-headers", "mid-body"),
  stall: oneOf("headers", "body"),
  truncate: flag,
  corrupt: flag,
  at: numberIn(0, Number.MAX_SAFE_INTEGER, { unit: "bytes", whole: true }),
};

/** A fault that can never have an effect would let a test pass wrongly. */
function checkFault(fault: Fault): void {
  const checks = new Map<string, Check>(Object.entries(CHECKS));
  for (const [key, value] of Object.entries(checkObject("fault", fault))) {
    const check = checks.get(key);
    if (!check) throw optionError("fault", `only the keys ${[...checks.keys()].join(", ")}`, show(key));
    if (value !== undefined) check(key, value);
  }
  const { on, operation, signature, code, status = 0, at, corrupt, truncate, reset, stall } = fault;
  if (signature !== undefined && (on === "api" || operation !== undefined)) {
    throw optionError("signature", 'neither `operation` nor `on: "api"` beside it', "a request to the API");
  }
  if (code !== undefined && status < 400)
    throw optionError("code", "a status of 400 or more beside it", show(fault.status));
  if (at !== undefined && !(corrupt || truncate || reset || stall))
    throw optionError("at", "corrupt, truncate, reset or stall beside it", `${at} alone`);
}
