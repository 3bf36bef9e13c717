import { createHmac } from "node:crypto";
import { appleDate, type Clock } from "./clock.js";
import type { Random } from "./random.js";

/** The types of the webhooks since API 4.0, in lower case first, and of the older marketplace webhooks. */
export type NotificationType =
  | "alternativeDistributionPackageVersionCreated"
  | "alternativeDistributionPackageAvailableUpdated"
  | "alternativeDistributionTerritoryAvailabilityUpdated"
  | "AlternativeDistributionPackageVersionAvailable"
  | "AppVersionsUnavailable"
  | "AppUnavailable";

export interface NotificationOptions {
  /** Any of the six, or another one: unknown types reach the same endpoint. */
  readonly type: NotificationType | (string & {});
  /** What it is about: the id of an App Store version, a package, a package version or an app of the sandbox. */
  readonly about: string;
  /** Where it is posted. Default `https://marketplace.example/notifications`. */
  readonly url?: string | URL;
  /** What it is signed with. Default: the sandbox's `notificationSecret`. */
  readonly secret?: string;
  /** The notification's own id. Default: a new one; give one again to send a duplicate. */
  readonly id?: string;
  /** Default true. */
  readonly available?: boolean;
  /** Default France and Germany. */
  readonly territories?: readonly string[];
}

/** What a notification can name. */
export interface Subject {
  readonly appId: string;
  readonly packageId?: string;
  readonly versionId?: string;
  readonly version?: string;
}

const MARKETPLACE_APP = "6478000001";

export function createNotifications(
  random: Random,
  now: Clock,
  secret: string,
  subjectOf: (id: string) => Subject | undefined,
) {
  let count = 0;

  function notification(options: NotificationOptions): Request {
    const subject = subjectOf(options.about);
    if (!subject) throw new TypeError(`"about" names nothing in this sandbox: ${options.about}`);
    const id = options.id ?? random.uuid(`notification ${++count}`);
    const data = { id, type: options.type, ...fieldsOf(options, subject, now()) };
    const body = JSON.stringify({ data });
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

function fieldsOf(options: NotificationOptions, subject: Subject, ms: number) {
  const { type, available = true, territories = ["FRA", "DEU"] } = options;
  const { appId } = subject;
  // The webhooks write UTC, the older notifications an offset.
  const timestamp = new Date(ms).toISOString();
  const older = { marketplaceAppId: MARKETPLACE_APP, appId, eventTimestamp: appleDate(ms) };
  const marketplaceApp = { data: { type: "apps", id: MARKETPLACE_APP } };
  const packageId = () => needed(subject.packageId, options, "package");
  const versionId = () => needed(subject.versionId, options, "package version");
  switch (type) {
    case "alternativeDistributionPackageVersionCreated": {
      const instance = { data: { type: "alternativeDistributionPackageVersions", id: versionId() } };
      return { version: 1, attributes: { appId, timestamp }, relationships: { instance, marketplaceApp } };
    }
    case "alternativeDistributionPackageAvailableUpdated": {
      const instance = { data: { type: "alternativeDistributionPackages", id: packageId() } };
      const attributes = { available, territories, appId, timestamp };
      return { version: 1, attributes, relationships: { instance, marketplaceApp } };
    }
    case "alternativeDistributionTerritoryAvailabilityUpdated":
      return {
        version: 1,
        attributes: { available, territories, appId, timestamp },
        relationships: { marketplaceApp },
      };
    case "AlternativeDistributionPackageVersionAvailable":
      return {
        attributes: {
          ...older,
          alternativeDistributionPackageId: packageId(),
          alternativeDistributionPackageVersionId: versionId(),
          alternativeDistributionPackageVersionNum: subject.version,
        },
      };
    case "AppVersionsUnavailable":
      return { attributes: { ...older, alternativeDistributionPackageIds: [packageId()] } };
    case "AppUnavailable":
      return { attributes: older };
    default:
      return { version: 1, attributes: { appId, timestamp } };
  }
}

function needed(id: string | undefined, { type, about }: NotificationOptions, what: string): string {
  if (id !== undefined) return id;
  throw new TypeError(`"about" of ${type} must name something with a ${what}: ${about} has none`);
}
