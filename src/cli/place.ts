import { dirname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { systemClock } from "../clock.js";
import { exists } from "../ingest/folder/disk.js";
import { resolvePaths } from "../ingest/folder/paths.js";
import type { PackageStore } from "../ingest/index.js";
import { isUrl } from "../ingest/verify/served-url.js";
import { parseUrl } from "../parse-url.js";
import { UsageError } from "./exit.js";

/** The flag of commands that also work in a bucket. */
export interface EndpointFlag {
  readonly endpoint?: string;
}

/** A package's place: the path of a folder, or a store. */
export type Place = string | PackageStore;

// ms. The SDK itself would wait forever for a store that does not answer. A request's time includes that of its body.
const TIMEOUTS = { connectionTimeout: 10_000, requestTimeout: 300_000, throwOnRequestTimeout: true };

export function addEndpointOption(command: Command): Command {
  const description =
    "with s3://: the URL of a store other than AWS's; region and credentials are the AWS SDK's (AWS_REGION, AWS_ACCESS_KEY_ID, …)";
  return command.addOption(new Option("--endpoint <url>", description));
}

/** Whether an argument names a place in a bucket. */
export function isBucketPlace(text: string): boolean {
  return /^s3:/i.test(text);
}

/**
 * Returns a function that opens the places that the flags and arguments of one command name: `s3://bucket/prefix`, all
 * by one client, or the path of a folder. `name` is for errors; the place is not shown, because a URL can hold a password.
 */
export function placeOpener({ endpoint }: EndpointFlag): (text: string, name: string) => Promise<Place> {
  let loading: ReturnType<typeof loadStores> | undefined;
  return async (text, name) => {
    if (!isBucketPlace(text)) {
      if (isUrl(text))
        throw new UsageError(`${name}: expected a path or s3://bucket/prefix, got another URL`);
      return text;
    }
    const [, bucket, prefix = ""] = /^s3:\/\/([\w.-]+)(?:\/(.*))?$/is.exec(text) ?? [];
    // Also for empty segments and dots, because s3Store's error would name its own option.
    if (bucket === undefined || /(^|\/)(\/|\.\.?(\/|$))/.test(prefix))
      throw new UsageError(`${name}: expected s3://bucket/prefix, such as s3://packages/1234`);
    loading ??= loadStores(endpoint);
    return (await loading)(bucket, prefix);
  };
}

/** Loads the SDK, which is not installed with this package, and makes its client. */
async function loadStores(endpoint: string | undefined) {
  if (endpoint !== undefined && !(/^https?:/.test(endpoint) && parseUrl(endpoint))) {
    throw new UsageError("--endpoint: expected the URL of the store, such as https://s3.example");
  }
  const { S3Client } = await import("@aws-sdk/client-s3").catch((error: unknown) => {
    const advice = "s3:// needs a package that is not installed: npm install @aws-sdk/client-s3";
    throw new UsageError(advice, { cause: error });
  });
  const { s3Store } = await import("../s3/index.js");
  const other = endpoint === undefined ? {} : { endpoint, forcePathStyle: true };
  const client = new S3Client({ requestHandler: TIMEOUTS, ...other });
  return (bucket: string, prefix: string) => s3Store({ client, bucket, prefix });
}

/** Whether there is anything in a store. */
export async function hasFiles(store: PackageStore, signal: AbortSignal): Promise<boolean> {
  return (await store.list({ signal, clock: systemClock })).size > 0;
}

/** Whether an ingest into a folder was interrupted: its staging folder is there. False if that cannot be seen. */
export async function isUnfinished(directory: string): Promise<boolean> {
  try {
    // resolvePaths would create the parent.
    if (!(await exists(dirname(resolve(directory))))) return false;
    return await exists((await resolvePaths(directory)).staging);
  } catch {
    return false;
  }
}
