import { systemClock } from "../clock.js";
import {
  type AppStoreConnectError,
  AuthenticationError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
} from "../errors.js";
import { IngestError } from "../ingest/index.js";
import type { RunningCommand } from "./context.js";

type Flags = RunningCommand["flags"];

/** The next step after a common failure, in one line; `undefined` for other failures. */
export function hintFor(
  error: unknown,
  { name, flags }: Pick<RunningCommand, "name" | "flags"> = { name: "", flags: {} },
): string | undefined {
  if (error instanceof IngestError && error.reason === "no-version") {
    return /has no package yet/.test(error.message)
      ? `Next: adp create ${idFlags(flags)}, with the key of the app's developer; or --create here.`
      : `Next: adp status ${idFlags(flags)} --wait, which waits for the version; or --wait here.`;
  }
  if (error instanceof IngestError && error.reason === "signature" && flags.baseUrl !== undefined) {
    return "Next: --trust, with the root certificate of the sandbox, if that is what --base-url is.";
  }
  if (codeOf(error) === "EADDRINUSE") {
    return `Port ${flags.port} is in use. Next: end the other program, or take --port 0, which finds a free port.`;
  }
  if (error instanceof AuthenticationError && name !== "doctor") {
    return "Next: adp doctor, which checks the API key and the clock.";
  }
  if (error instanceof InvalidRequestError && typeof flags.since === "number") {
    const days = (systemClock.now() - flags.since) / 86_400_000;
    if (days > 9) return "Apple lists about the last 10 days. Next: --since 9d, or a later time.";
  }
  const isRefused =
    error instanceof NotFoundError || error instanceof InvalidRequestError || error instanceof ConflictError;
  const id = flags.appStoreVersionId;
  if (!isRefused) return undefined;
  if (typeof id === "string") return appStoreVersionHint(error, id, name);
  if (/has no package yet|alternativeDistributionPackage$/.test(`${error.message} ${error.path}`)) {
    return `Next: adp create ${idFlags(flags)}, with the key of the app's developer.`;
  }
  return undefined;
}

/** A hint about a refused App Store version id. Ids are not checked before, because Apple does not state their form. */
function appStoreVersionHint(error: AppStoreConnectError, id: string, name: string): string | undefined {
  if (/^[A-Za-z][\w-]*(?:\.[\w-]+)+$/.test(id)) {
    return `${id} looks like a bundle id. Next: --bundle-id ${id} --app-version <number>, in place of --app-store-version-id.`;
  }
  const another = /^\d{1,12}$/.test(id)
    ? `If ${id} is the id of the app: adp apps --app-id ${id} lists its App Store versions with their ids.`
    : undefined;
  if (name === "create" || !(error instanceof NotFoundError)) return another;
  const create = `If the App Store version has no package yet: adp create --app-store-version-id ${id} makes it, with the key of the app's developer.`;
  return another === undefined ? create : `${create}\n${another}`;
}

/** The flags that say which package, to be copied into another command. */
function idFlags({ packageId, appStoreVersionId, bundleId, appVersion, platform }: Flags): string {
  if (packageId !== undefined) return `--package-id ${packageId}`;
  if (appStoreVersionId !== undefined) return `--app-store-version-id ${appStoreVersionId}`;
  const platformFlag = platform === undefined ? "" : ` --platform ${platform}`;
  return `--bundle-id ${bundleId} --app-version ${appVersion}${platformFlag}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
