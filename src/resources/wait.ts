import { endpoints } from "../../generated/endpoints.js";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { onAbort } from "../abort.js";
import { checkDuration, checkSignal } from "../checks.js";
import type { Clock } from "../clock.js";
import {
  AppStoreConnectError,
  AuthenticationError,
  ConnectionError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "../errors.js";
import { pathSerializer } from "../http/url.js";
import type { CallOptions } from "../options.js";
import { withoutSecrets } from "../redact.js";

/** Options of `packages.waitForCurrentVersion`. */
export interface WaitOptions extends Omit<CallOptions, "timeout"> {
  /** Id of a version that is known already: wait for another one. */
  readonly after?: string | undefined;
  /**
   * Ms between two requests. A longer `Retry-After` is obeyed.
   *
   * @default 30_000
   */
  readonly pollInterval?: number | undefined;
  /**
   * Ms to wait in all.
   *
   * @default 1_800_000 (half an hour)
   */
  readonly timeout?: number | undefined;
}

const TIME_UP = Symbol("time up");

function isTemporary(error: unknown): error is AppStoreConnectError {
  const kinds = [ConnectionError, TimeoutError, RateLimitError, ServerError];
  return (
    kinds.some((kind) => error instanceof kind) ||
    (error instanceof AppStoreConnectError && error.status === 408)
  );
}

/** Asks until there is a version other than `after`. */
export async function waitForVersion(
  readVersion: (options: CallOptions) => Promise<AlternativeDistributionPackageVersion | undefined>,
  packageId: string,
  { after, pollInterval = 30_000, timeout = 1_800_000, signal, ...options }: WaitOptions = {},
  clock: Clock,
): Promise<AlternativeDistributionPackageVersion> {
  checkDuration("pollInterval", pollInterval);
  checkDuration("timeout", timeout);
  checkSignal(signal);
  signal?.throwIfAborted();
  // Ends the requests and the pauses, and the timer too.
  const end = new AbortController();
  const stop = onAbort(signal, () => end.abort(signal?.reason));
  clock.sleep(timeout, end.signal).then(
    () => end.abort(TIME_UP),
    () => {},
  );
  let lastSeen: AlternativeDistributionPackageVersion | undefined;
  let lastFailure: AppStoreConnectError | undefined;
  let succeeded = false;
  let requests = 0;
  try {
    for (;;) {
      try {
        requests++;
        lastSeen = await readVersion({ ...options, signal: end.signal });
        lastFailure = undefined;
        succeeded = true;
        if (lastSeen && lastSeen.id !== after) return lastSeen;
      } catch (error) {
        // After a success the key is known to be valid, so a single 401 is a temporary failure.
        const isFalse401 = succeeded && lastFailure === undefined && error instanceof AuthenticationError;
        if (!isFalse401 && !isTemporary(error)) throw error;
        lastFailure = error;
      }
      await clock.sleep(Math.max(pollInterval, (lastFailure?.retryAfter ?? 0) * 1000), end.signal);
    }
  } catch (error) {
    if (error !== TIME_UP) throw error;
    const wanted = after === undefined ? "no current version" : `no version newer than ${after}`;
    const seen = lastSeen
      ? `version ${lastSeen.id}, ${lastSeen.attributes?.state ?? "state unknown"}`
      : "none";
    const last = lastFailure ? `, then: ${lastFailure.message}` : "";
    const { path } = endpoints.alternativeDistributionPackages_versions_getToManyRelated;
    throw new TimeoutError(
      `packages.waitForCurrentVersion failed: ${wanted} of package ${packageId} within ${timeout / 1000} s; ` +
        `last seen: ${seen}${last} (${requests} requests)`,
      {
        method: "GET",
        path: pathSerializer(path, { id: packageId }),
        attempts: requests,
        lastSeen: lastSeen && withoutSecrets(lastSeen),
        cause: lastFailure,
      },
    );
  } finally {
    end.abort();
    stop();
  }
}
