import { endpoints } from "../../generated/endpoints.js";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { onAbort } from "../abort.js";
import { checkDuration } from "../checks.js";
import type { Clock } from "../clock.js";
import {
  AppStoreConnectError,
  ConnectionError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "../errors.js";
import type { CallOptions } from "../options.js";
import { withoutSecrets } from "../redact.js";

/** How to wait for a package's version. */
export interface WaitOptions extends Omit<CallOptions, "timeout"> {
  /** Id of a version known already: wait for a newer one. */
  readonly after?: string | undefined;
  /** Ms between two looks, default 30 000. */
  readonly pollInterval?: number | undefined;
  /** Ms to wait in all, default 1 800 000 (half an hour). */
  readonly timeout?: number | undefined;
}

const TIME_UP = Symbol("time up");

function isPassing(error: unknown): error is AppStoreConnectError {
  const kinds = [ConnectionError, TimeoutError, RateLimitError, ServerError];
  return (
    kinds.some((kind) => error instanceof kind) ||
    (error instanceof AppStoreConnectError && error.status === 408)
  );
}

/** Looks until there is a version other than `after`. */
export async function waitForVersion(
  look: (options: CallOptions) => Promise<AlternativeDistributionPackageVersion | undefined>,
  packageId: string,
  { after, pollInterval = 30_000, timeout = 1_800_000, signal, ...options }: WaitOptions = {},
  clock: Clock,
): Promise<AlternativeDistributionPackageVersion> {
  checkDuration("pollInterval", pollInterval);
  checkDuration("timeout", timeout);
  signal?.throwIfAborted();
  const end = new AbortController();
  const alarm = new AbortController();
  const stop = onAbort(signal, () => end.abort(signal?.reason));
  clock.sleep(timeout, alarm.signal).then(
    () => end.abort(TIME_UP),
    () => {},
  );
  let lastSeen: AlternativeDistributionPackageVersion | undefined;
  let trouble: AppStoreConnectError | undefined;
  let looks = 0;
  try {
    for (;;) {
      try {
        looks++;
        lastSeen = await look({ ...options, signal: end.signal });
        trouble = undefined;
        if (lastSeen && lastSeen.id !== after) return lastSeen;
      } catch (error) {
        if (!isPassing(error)) throw error;
        trouble = error;
      }
      await clock.sleep(Math.max(pollInterval, (trouble?.retryAfter ?? 0) * 1000), end.signal);
    }
  } catch (error) {
    if (error !== TIME_UP) throw error;
    const wanted = after === undefined ? "no current version" : `no version newer than ${after}`;
    const seen = lastSeen
      ? `version ${lastSeen.id}, ${lastSeen.attributes?.state ?? "state unknown"}`
      : "none";
    const last = trouble ? `, then: ${trouble.message}` : "";
    throw new TimeoutError(
      `packages.waitForCurrentVersion failed: ${wanted} of package ${packageId} within ${timeout / 1000} s; ` +
        `last seen: ${seen}${last} (${looks} looks)`,
      {
        method: "GET",
        path: versionsPath(packageId),
        attempts: looks,
        lastSeen: lastSeen && withoutSecrets(lastSeen),
        cause: trouble,
      },
    );
  } finally {
    alarm.abort();
    stop();
  }
}

function versionsPath(packageId: string): string {
  const { path } = endpoints.alternativeDistributionPackages_versions_getToManyRelated;
  return path.replace("{id}", encodeURIComponent(packageId));
}
