/** What a failed attempt means: when it is tried again, and what the operator has to do. The page shows it. */
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
   * - `wait`: the problem affects all packages, and has to end or be repaired first. It does not count as an attempt.
   * - `give up`: another attempt gives the same result. The job goes into the dead-letter queue.
   */
  readonly kind: "retry" | "wait" | "give up";
  /** For `wait`: seconds until the next attempt. */
  readonly seconds: number;
}

/** The hour of the API limits is a rolling one: calls may be allowed again long before it ends. Seconds. */
const LONGEST_WAIT = 300;

type Advice = readonly [kind: Failure["kind"], nextStep: string, seconds?: number];

const AGAIN: Advice = ["retry", "Nothing: it is tried again."];
const HOSTILE: Advice = ["give up", "Apple did not make it like this: ask the developer for a new version."];
const STORE: Advice = ["wait", "Check the store: space, rights, errors.", 600];

/** By the reason of an IngestError or the name of an AppStoreConnectError. All others are tried again. */
const ADVICE: Readonly<Record<string, Advice>> = {
  signature: HOSTILE,
  manifest: HOSTILE,
  "package-zip": HOSTILE,
  target: ["give up", "Move the other files out of the package's folder, then try again."],
  // A worker that has lost its lease is still at work.
  busy: ["wait", "Nothing: it is tried again.", 5],
  // Apple sends a new notification for a newer version.
  "older-version": ["give up", "Nothing: what is served is newer."],
  "no-space": STORE,
  disk: STORE,
  store: STORE,
  RateLimitError: ["wait", "Nothing: it is tried again when the limit of the API key allows more calls."],
  AuthenticationError: ["wait", "Check the API key and this machine's clock.", 600],
  PermissionError: ["wait", "Check the key's role, and the agreements in App Store Connect.", 600],
  WorkerLost: ["give up", "Check the memory and the logs of the workers, then try again."],
  NotFoundError: ["give up", "Apple does not have it any more. If that is wrong, try again."],
};

export function explain(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const reason = error instanceof IngestError ? error.reason : name;
  const retryAfter = error instanceof AppStoreConnectError ? error.retryAfter : undefined;
  const [kind, nextStep, seconds = Math.min(retryAfter ?? 60, LONGEST_WAIT)] = ADVICE[reason] ?? AGAIN;
  return { reason, message, nextStep, kind, seconds };
}

const lost = new Error("The worker stopped during the last attempt: it was killed, or had no memory left.");
/** Saved before the last attempt, because a worker that is killed saves nothing. It applies once the job is gone. */
export const WORKER_LOST = explain(Object.assign(lost, { name: "WorkerLost" }));
