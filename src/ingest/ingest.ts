import { checkObject } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import { ApiReader } from "./api-reader.js";
import type { IngestClient } from "./asset-resources.js";
import { CdnClient } from "./download/cdn-client.js";
import { explainStagingError } from "./folder/disk.js";
import { type IngestOptions, readIngestOptions } from "./options.js";
import { ProgressReporter } from "./progress.js";
import type { IngestResult } from "./result.js";
import { runIngest } from "./run.js";
import { stopWith } from "./stop.js";
import type { StoreChange } from "./store.js";

/**
 * Downloads a package version, checks Apple's signature and every byte, and moves it into place: afterwards `directory`
 * or `store` is complete and can be served. The signature is checked before the first asset is downloaded. It proves that
 * Apple made exactly these files, not that the app installs. If the process is killed, a call with the same options
 * continues where it stopped.
 *
 * @example
 * const { version, assets } = await ingestPackage(client, {
 *   bundleId: "com.example.app",
 *   versionString: "1.2.3",
 *   directory: "public/packages/1234",
 *   keyBlobFile: "private/1234.json",
 * });
 *
 * @param client a client of an account that may read the package
 * @throws IngestError for what ingest refuses or gives up on; its `reason` says what
 * @throws AppStoreConnectError for errors of the API; a NotFoundError with `status` undefined says which App Store versions
 *   the app has
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
  checkObject("client", client);
  const settings = readIngestOptions(options);
  const { fetch, stallTimeout } = settings;
  settings.signal?.throwIfAborted();
  const { stop, release } = stopWith(settings.signal);
  const { signal } = stop;
  const api = new ApiReader(client, clock, signal);
  const cdn = new CdnClient({ fetch, stallTimeout, clock, signal });
  const progress = new ProgressReporter(settings.onProgress, clock);
  let change: StoreChange | undefined;
  try {
    change = await settings.store.open({ signal, clock });
    try {
      return await runIngest({ api, cdn, change, progress, settings, stop });
    } finally {
      await change.close();
    }
  } catch (error) {
    throw await explainStagingError(error, change?.folders?.staging);
  } finally {
    release();
    cdn.close();
  }
}
