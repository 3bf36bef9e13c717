import { createHmac } from "node:crypto";
import { checkText, optionError, show } from "../checks.js";
import { appleDate } from "./apple-date.js";
import type { SandboxContext } from "./context.js";
import type { SandboxAppStoreVersions } from "./state/app-store-versions.js";
import type { SandboxPackages } from "./state/packages.js";

/** The types of the webhooks since API 4.0, which begin with a small letter, and of the older marketplace webhooks. */
export type NotificationType =
  | "alternativeDistributionPackageVersionCreated"
  | "alternativeDistributionPackageAvailableUpdated"
  | "alternativeDistributionTerritoryAvailabilityUpdated"
  | "AlternativeDistributionPackageVersionAvailable"
  | "AppVersionsUnavailable"
  | "AppUnavailable";

export interface NotificationOptions {
  /** Any {@link NotificationType}, or another one: unknown types reach the same endpoint. */
  readonly type: NotificationType | (string & {});
  /** What it is about: the id of an App Store version, a package, a package version or an app of the sandbox. */
  readonly about: string;
  /**
   * Where it is posted.
   * @default "https://marketplace.example/notifications"
   */
  readonly url?: string | URL | undefined;
  /**
   * What it is signed with.
   * @default the sandbox's `notificationSecret`
   */
  readonly secret?: string | undefined;
  /**
   * The notification's own id. The same id again makes a duplicate.
   * @default a new one each time
   */
  readonly id?: string | undefined;
  /**
   * For the types with availability.
   * @default true
   */
  readonly available?: boolean | undefined;
  /**
   * Three-letter codes, for the types that list territories.
   * @default ["FRA", "DEU"]
   */
  readonly territories?: readonly string[] | undefined;
}

/** What a notification can be about. */
interface Subject {
  readonly appId: string;
  readonly packageId: string | undefined;
  readonly versionId: string | undefined;
  readonly version: string | undefined;
}

/** What the fields of a notification are made of. */
interface Facts {
  readonly options: NotificationOptions;
  readonly subject: Subject;
  /** Ms since 1970. */
  readonly now: number;
}

const MARKETPLACE_APP = "6478000001";

/** The fields of each type. */
const FIELDS: Readonly<Record<NotificationType, (facts: Facts) => object>> = {
  alternativeDistributionPackageVersionCreated: (facts) =>
    webhookFields(facts, {}, ["alternativeDistributionPackageVersions", versionIdOf(facts)]),
  alternativeDistributionPackageAvailableUpdated: (facts) =>
    webhookFields(facts, availability(facts), ["alternativeDistributionPackages", packageIdOf(facts)]),
  alternativeDistributionTerritoryAvailabilityUpdated: (facts) => webhookFields(facts, availability(facts)),
  AlternativeDistributionPackageVersionAvailable: (facts) =>
    marketplaceFields(facts, {
      alternativeDistributionPackageId: packageIdOf(facts),
      alternativeDistributionPackageVersionId: versionIdOf(facts),
      alternativeDistributionPackageVersionNum: facts.subject.version,
    }),
  AppVersionsUnavailable: (facts) =>
    marketplaceFields(facts, { alternativeDistributionPackageIds: [packageIdOf(facts)] }),
  AppUnavailable: (facts) => marketplaceFields(facts, {}),
};

interface NotificationParts {
  readonly context: SandboxContext;
  readonly secret: string;
  readonly appStoreVersions: SandboxAppStoreVersions;
  readonly packages: SandboxPackages;
}

export function createNotifications({ context, secret, appStoreVersions, packages }: NotificationParts) {
  let count = 0;

  function notification(options: NotificationOptions): Request {
    const type = checkText("type", options.type);
    packages.settle();
    const subject = subjectOf(options.about, appStoreVersions, packages);
    if (!subject) {
      const expected =
        "the id of an app, an App Store version, a package or a package version of this sandbox";
      throw optionError("about", expected, show(options.about));
    }
    const facts = { options, subject, now: context.clock.now() };
    const fields = isKnown(type) ? FIELDS[type](facts) : unknownFields(facts);
    const id = options.id ?? context.random.uuid(`notification ${++count}`);
    const body = JSON.stringify({ data: { id, type, ...fields } });
    const signature = createHmac("sha256", options.secret ?? secret)
      .update(body)
      .digest("hex");
    return new Request(options.url ?? "https://marketplace.example/notifications", {
      method: "POST",
      headers: { "content-type": "application/json", "x-apple-signature": `hmacsha256=${signature}` },
      body,
    });
  }

  return {
    notification,
    notify: (options: NotificationOptions & { readonly url: string | URL }) => fetch(notification(options)),
  };
}

function isKnown(type: string): type is NotificationType {
  return Object.hasOwn(FIELDS, type);
}

function subjectOf(
  id: string,
  appStoreVersions: SandboxAppStoreVersions,
  packages: SandboxPackages,
): Subject | undefined {
  const named = packages.get(id) ?? packages.withVersion(id);
  const appStoreVersion = named?.appStoreVersion ?? appStoreVersions.get(id) ?? appStoreVersions.latestOf(id);
  if (!appStoreVersion) return undefined;
  const owner = named ?? packages.packageOf(appStoreVersion);
  const version = owner?.versions.find((it) => it.id === id) ?? owner?.versions.at(-1);
  return {
    appId: appStoreVersion.appId,
    packageId: owner?.id,
    versionId: version?.id,
    version: version && String(version.attributes.version),
  };
}

type Instance = readonly [type: string, id: string];

function webhookFields({ subject: { appId }, now }: Facts, attributes: object, instance?: Instance) {
  return {
    version: 1,
    // The webhooks write UTC, the older notifications an offset.
    attributes: { ...attributes, appId, timestamp: new Date(now).toISOString() },
    relationships: {
      ...(instance && { instance: { data: { type: instance[0], id: instance[1] } } }),
      marketplaceApp: { data: { type: "apps", id: MARKETPLACE_APP } },
    },
  };
}

function marketplaceFields({ subject: { appId }, now }: Facts, attributes: object) {
  return {
    attributes: {
      marketplaceAppId: MARKETPLACE_APP,
      appId,
      eventTimestamp: appleDate(now),
      ...attributes,
    },
  };
}

function unknownFields({ subject: { appId }, now }: Facts) {
  return { version: 1, attributes: { appId, timestamp: new Date(now).toISOString() } };
}

function availability({ options: { available = true, territories = ["FRA", "DEU"] } }: Facts) {
  return { available, territories };
}

function packageIdOf({ subject: { packageId }, options }: Facts): string {
  return packageId ?? missing(options, "package");
}

function versionIdOf({ subject: { versionId }, options }: Facts): string {
  return versionId ?? missing(options, "package version");
}

function missing({ type, about }: NotificationOptions, what: string): never {
  throw optionError("about", `something with a ${what}, for ${type}`, `${show(about)}, which has none`);
}
