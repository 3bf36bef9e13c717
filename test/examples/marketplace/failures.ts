/** What a failed attempt means: when to try again, and what somebody has to do. The page shows it. */
import { AppStoreConnectError } from "app-store-alternative-distribution";
import { IngestError, type IngestErrorReason } from "app-store-alternative-distribution/ingest";

export interface Failure {
  /** In one word: the `reason` of an IngestError, or the name of another error. */
  readonly reason: string;
  readonly message: string;
  /** What to do about it. */
  readonly nextStep: string;
  /**
   * - `retry`: another attempt may help. After the last one the job is given up.
   * - `wait`: something that concerns all packages has to pass or be repaired. It does not count as an attempt.
   * - `give-up`: another attempt gives the same result. The job goes into the dead-letter queue.
   */
  readonly then: "retry" | "wait" | "give-up";
  /** For `wait`: seconds until the next attempt. */
  readonly seconds: number;
}

type Advice = Pick<Failure, "then" | "nextStep"> & { readonly seconds?: number };

const TEN_MINUTES = 600;
const AGAIN: Advice = { then: "retry", nextStep: "Nothing: it is tried again." };
const HOSTILE: Advice = {
  then: "give-up",
  nextStep: "The package is not as Apple makes it. Ask its developer to publish it again; then a new version comes.",
};
const MACHINE: Advice = { then: "wait", seconds: TEN_MINUTES, nextStep: "Check the disk of the store: space, rights, errors." };

const INGEST: Partial<Record<IngestErrorReason, Advice>> = {
  signature: HOSTILE,
  manifest: HOSTILE,
  "package-zip": HOSTILE,
  target: { then: "give-up", nextStep: "Something else is in the folder of the package. Move it away, then try again." },
  // Another worker of this machine has the folder: its lease ended, but it is still at work.
  busy: { then: "wait", seconds: 5, nextStep: "Nothing: it is tried again." },
  "no-space": MACHINE,
  disk: MACHINE,
};

const API: Readonly<Record<string, Advice>> = {
  RateLimitError: { then: "wait", nextStep: "Nothing: the limit of the API key allows more calls later." },
  AuthenticationError: { then: "wait", seconds: TEN_MINUTES, nextStep: "Check the API key and this machine's clock." },
  PermissionError: {
    then: "wait",
    seconds: TEN_MINUTES,
    nextStep: "Check the role of the API key, and whether an agreement has to be accepted in App Store Connect.",
  },
  NotFoundError: { then: "give-up", nextStep: "Apple does not know it any more. If that is wrong, try again." },
};

export function explain(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof IngestError) return { ...adviceOn(INGEST[error.reason]), reason: error.reason, message };
  if (error instanceof AppStoreConnectError) {
    const { retryAfter } = error;
    return { ...adviceOn(API[name], retryAfter), reason: name, message };
  }
  return { ...adviceOn(undefined), reason: name, message };
}

function adviceOn(advice: Advice = AGAIN, retryAfter = 60) {
  return { seconds: retryAfter, ...advice };
}
