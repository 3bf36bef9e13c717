/** What a failed attempt means: when to try again, and what somebody has to do. The page shows it. */
import { AppStoreConnectError } from "app-store-alternative-distribution";
import { IngestError } from "app-store-alternative-distribution/ingest";

export interface Failure {
  /** In one word: the `reason` of an IngestError, or the name of another error. */
  readonly reason: string;
  readonly message: string;
  /** What to do about it. */
  readonly nextStep: string;
  /**
   * - `retry`: another attempt may help. After the last one the job is given up.
   * - `wait`: something that concerns all packages has to pass or be repaired. It does not count as an attempt.
   * - `give up`: another attempt gives the same result. The job goes into the dead-letter queue.
   */
  readonly kind: "retry" | "wait" | "give up";
  /** For `wait`: seconds until the next attempt. */
  readonly seconds: number;
}

/** The hour of the API limits is a rolling one: calls may be allowed again long before it ends. Seconds. */
const LONGEST_WAIT = 300;

type Advice = Pick<Failure, "kind" | "nextStep"> & { readonly seconds?: number };

const AGAIN = { kind: "retry", nextStep: "Nothing: it is tried again." } as const;
const HOSTILE = {
  kind: "give up",
  nextStep: "It is not as Apple makes it: ask the developer for a new version.",
} as const;
const MACHINE = { kind: "wait", seconds: 600, nextStep: "Check the store: space, rights, errors." } as const;
const MOVE = {
  kind: "give up",
  nextStep: "Move away what is in the package's place, then try again.",
} as const;
const LIMIT = {
  kind: "wait",
  nextStep: "Nothing: the limit of the API key allows more calls later.",
} as const;
const KEY = { kind: "wait", seconds: 600, nextStep: "Check the API key and this machine's clock." } as const;
const ROLE = {
  kind: "wait",
  seconds: 600,
  nextStep: "Check the key's role, and the agreements in App Store Connect.",
} as const;
const GONE = {
  kind: "give up",
  nextStep: "Apple does not know it any more. If that is wrong, try again.",
} as const;

/** By the reason of an IngestError or the name of an AppStoreConnectError. All others are tried again. */
const ADVICE: Readonly<Record<string, Advice>> = {
  signature: HOSTILE,
  manifest: HOSTILE,
  "package-zip": HOSTILE,
  target: MOVE,
  // A worker of this machine that has lost its lease is still at work.
  busy: { ...AGAIN, kind: "wait", seconds: 5 },
  // The served one is newer already; a newer one of Apple's brings a new notification.
  "older-version": { kind: "give up", nextStep: "Nothing: what is served is newer." },
  "no-space": MACHINE,
  disk: MACHINE,
  RateLimitError: LIMIT,
  AuthenticationError: KEY,
  PermissionError: ROLE,
  NotFoundError: GONE,
};

export function explain(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const reason = error instanceof IngestError ? error.reason : name;
  const retryAfter = error instanceof AppStoreConnectError ? error.retryAfter : undefined;
  const seconds = Math.min(retryAfter ?? 60, LONGEST_WAIT);
  return { reason, message, seconds, ...(ADVICE[reason] ?? AGAIN) };
}
