import { setMaxListeners } from "node:events";
import { type Clock, systemClock } from "../clock.js";
import { Cdn } from "./download/cdn.js";
import { explainDiskError } from "./folder/disk.js";
import { locate } from "./folder/location.js";
import { lock } from "./folder/lock.js";
import { discardEmpty } from "./folder/staging.js";
import { type IngestOptions, readOptions } from "./options.js";
import type { IngestResult } from "./result.js";
import { runIngest } from "./run.js";
import type { IngestClient } from "./source.js";

/**
 * Downloads a package version, checks every byte, and moves it into place: afterwards `directory` is complete and can
 * be served as it is. Killed at any moment, it goes on where it stopped when called with the same options again.
 *
 * @example
 * const { version, assets } = await ingestPackage(client, {
 *   packageId,
 *   directory: "public/packages/1234",
 *   keyBlobFile: "private/1234.json",
 * });
 *
 * @param client a client of the account that may read the package
 * @throws IngestError for what ingest refuses or gives up on, by its `reason`
 * @throws AppStoreConnectError for what the API answers
 * @throws TypeError for wrong options
 */
export function ingestPackage(client: IngestClient, options: IngestOptions): Promise<IngestResult> {
  return ingest(client, options, systemClock);
}

/** {@link ingestPackage} on a given clock. */
export async function ingest(
  client: IngestClient,
  options: IngestOptions,
  clock: Clock,
): Promise<IngestResult> {
  const settings = readOptions(options);
  const { signal, directory } = settings;
  signal?.throwIfAborted();
  // Ends everything under way, at the caller's wish or at the first failure.
  const stop = new AbortController();
  // Every asset in flight listens.
  setMaxListeners(0, stop.signal);
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const cdn = new Cdn(settings, stop.signal);
  let staging = directory;
  try {
    const location = await locate(directory);
    staging = location.staging;
    const unlock = await lock(location);
    try {
      return await runIngest({ client, settings, location, stop, cdn, clock, signal: stop.signal });
    } finally {
      await discardEmpty(location);
      await unlock();
    }
  } catch (error) {
    throw explainDiskError(error, staging);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    cdn.close();
  }
}
