import type { AppVersionState } from "../../generated/paths.js";
import type { Client } from "../client.js";
import { systemClock } from "../clock.js";
import {
  AppStoreConnectError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionError,
  TimeoutError,
} from "../errors.js";
import { type AppStoreVersionFlags, findAppStoreVersionId } from "./package-options.js";

/** The result of one check of `adp doctor`. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  /** What to do about it. */
  readonly next?: string;
}

/** What to check besides the key. */
export type DoctorFlags = Partial<AppStoreVersionFlags> & { readonly appId?: string };

interface Check {
  readonly name: string;
  run(): Promise<Omit<Finding, "name" | "ok"> & { readonly ok?: boolean }>;
}

// s by which this machine's clock may differ. A token is valid for 20 minutes, and the client dates it back 30 s.
const MAX_CLOCK_DIFFERENCE = 30;

const CAN_HAVE_PACKAGE: readonly AppVersionState[] = [
  "PENDING_DEVELOPER_RELEASE",
  "PENDING_APPLE_RELEASE",
  "READY_FOR_DISTRIBUTION",
];

/** After these errors of one check, the others would fail too. */
const ENDING_ERRORS = [AuthenticationError, ConnectionError, TimeoutError];

/** Makes all checks, one after the other, until one fails with one of the {@link ENDING_ERRORS}. */
export async function* examine(
  client: Client,
  flags: DoctorFlags,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const checks = [...accountChecks(client, signal), ...versionChecks(client, flags, signal)];
  for (const { name, run } of checks) {
    try {
      yield { name, ok: true, ...(await run()) };
    } catch (error) {
      if (!(error instanceof AppStoreConnectError)) throw error;
      yield { name, ok: false, message: error.message, ...nextStep(error) };
      if (ENDING_ERRORS.some((kind) => error instanceof kind)) return;
    }
  }
}

function nextStep(error: AppStoreConnectError): { readonly next?: string } {
  if (error instanceof AuthenticationError) {
    return {
      next: "compare the key's id, the issuer's id and the key with App Store Connect > Users and Access > Integrations",
    };
  }
  if (error instanceof PermissionError) {
    return { next: "give the key another role, or sign the agreements in App Store Connect > Business" };
  }
  return {};
}

function accountChecks(client: Client, signal: AbortSignal): Check[] {
  let serverDate: string | null = null;
  return [
    {
      name: "key",
      async run() {
        for await (const { response } of client.apps.list({ limit: 1 }, { signal }).withResponse()) {
          serverDate = response.headers.get("date");
          break;
        }
        return { message: "accepted, and it may read apps" };
      },
    },
    {
      name: "clock",
      async run() {
        const difference = Math.round((systemClock.now() - Date.parse(serverDate ?? "")) / 1000);
        if (Number.isNaN(difference)) return { message: "not known: the API gave no date" };
        const size = Math.abs(difference);
        const message = `${size} s ${difference < 0 ? "behind" : "ahead of"} Apple's`;
        if (size <= MAX_CLOCK_DIFFERENCE) return { message };
        return { ok: false, message, next: "set this machine's clock, for example with an NTP service" };
      },
    },
    {
      name: "rate limit",
      async run() {
        const { rateLimit } = client;
        if (!rateLimit) return { message: "not known: the API did not say" };
        const message = `${rateLimit.remaining} of ${rateLimit.limit} requests left in this hour`;
        if (rateLimit.remaining > rateLimit.limit / 10) return { message };
        return { ok: false, message, next: "wait, or look for another program that uses the same key" };
      },
    },
    {
      name: "alternative distribution",
      async run() {
        const keys = await client.keys.list({ limit: 1 }, { signal }).toArray({ limit: 1 });
        return { message: keys.length > 0 ? "keys can be read" : "keys can be read; none is registered" };
      },
    },
  ];
}

function versionChecks(client: Client, flags: DoctorFlags, signal: AbortSignal): Check[] {
  const { appStoreVersionId, bundleId } = flags;
  const isVersionGiven = appStoreVersionId !== undefined || bundleId !== undefined;
  const versionId = () => findAppStoreVersionId(client, flags as AppStoreVersionFlags, signal);
  const checks: Check[] = [
    {
      name: "App Store version",
      async run() {
        const { data } = await client.appStoreVersions.get(await versionId(), undefined, { signal });
        const { versionString, appVersionState: state } = data.attributes ?? {};
        const message = `${data.id}, ${versionString}, ${state}`;
        if (state === undefined || CAN_HAVE_PACKAGE.includes(state)) return { message };
        const next = `a package can exist in the states ${CAN_HAVE_PACKAGE.join(", ")}`;
        return { ok: false, message, next };
      },
    },
    { name: "package", run: async () => findPackage(client, await versionId(), signal) },
  ];
  return [...(isVersionGiven ? checks : []), ...webhookChecks(client, flags, signal)];
}

async function findPackage(client: Client, id: string, signal: AbortSignal) {
  const create = { ok: false, message: "none", next: `adp create --app-store-version-id ${id}` };
  try {
    // The type does not know that Apple may answer null.
    const data: { readonly id: string } | null = (
      await client.packages.getIdForAppStoreVersion(id, { signal })
    ).data;
    if (!data?.id) return create;
    const version = await client.packages.currentVersion(data.id, { signal });
    if (version) return { message: `${data.id}, version ${version.id}` };
    return {
      ok: false,
      message: `${data.id}, no version yet`,
      next: `adp status --package-id ${data.id} --wait`,
    };
  } catch (error) {
    if (error instanceof NotFoundError) return create;
    throw error;
  }
}

function webhookChecks(client: Client, { appId, bundleId }: DoctorFlags, signal: AbortSignal): Check[] {
  if (appId === undefined && bundleId === undefined) return [];
  const run = async () => {
    const id = appId ?? (await client.apps.getByBundleId(bundleId ?? "", { signal })).id;
    const webhooks = await client.webhooks.list(id, undefined, { signal }).toArray();
    const enabled = webhooks.filter(({ attributes }) => attributes?.enabled).length;
    const message = `${webhooks.length} of app ${id}, ${enabled} enabled`;
    if (enabled > 0) return { message };
    return { ok: false, message, next: `adp webhooks create --app-id ${id} --url <your endpoint>` };
  };
  return [{ name: "webhook", run }];
}
