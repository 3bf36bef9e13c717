import { document } from "../../generated/document.js";
import type { WebhookEventType } from "../../generated/paths.js";
import { checkObject, checkText, optionError, show } from "../checks.js";
import type { AlternativeDistributionEvent } from "../notifications/events.js";
import { appleDate } from "./apple-date.js";
import type { SandboxContext } from "./context.js";
import { notificationRequest } from "./send-notification.js";
import type { SandboxAppStoreVersions } from "./state/app-store-versions.js";
import type { SandboxApps } from "./state/apps.js";
import type { SandboxPackages } from "./state/packages.js";
import type { DeliveryResult, SandboxWebhooks } from "./state/webhooks.js";

/** The types of the webhooks since API 4.0, which begin with a small letter, and of the older marketplace webhooks. */
export type NotificationType = AlternativeDistributionEvent["type"];

/** What a notification says. */
export interface NotificationContent {
  /** Any {@link NotificationType}, or another one: unknown types reach the same endpoint. */
  readonly type: NotificationType | (string & {});
  /** What it is about: the id of an App Store version, a package, a package version or an app of the sandbox. */
  readonly about: string;
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

/** A notification to post to any URL, also without a webhook. */
export interface NotificationOptions extends NotificationContent {
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
}

interface Subject {
  readonly appId: string;
  readonly packageId: string | undefined;
  readonly versionId: string | undefined;
  readonly version: string | undefined;
}

interface Facts {
  readonly options: NotificationContent;
  readonly subject: Subject;
  /** The id of the marketplace's app. */
  readonly marketplaceAppId: string;
  /** Ms since 1970. */
  readonly now: number;
}

/** The cast: document and types are generated from one source. */
const EVENT_TYPES = (document.components.schemas.WebhookEventType?.enum ?? []) as readonly WebhookEventType[];

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
  readonly apps: SandboxApps;
  readonly appStoreVersions: SandboxAppStoreVersions;
  readonly packages: SandboxPackages;
  readonly webhooks: SandboxWebhooks;
}

export function createNotifications(parts: NotificationParts) {
  const { context, webhooks } = parts;
  const { marketplaceAppId } = parts.apps;
  let count = 0;

  function subjectNamed(about: string): Subject {
    parts.packages.settle();
    const subject = subjectOf(about, parts);
    if (subject) return subject;
    const expected = "the id of an app, an App Store version, a package or a package version of this sandbox";
    throw optionError("about", expected, show(about));
  }

  function write(options: NotificationContent, subject = subjectNamed(options.about)) {
    const type = checkText("type", options.type);
    const facts = { options, subject, marketplaceAppId, now: context.clock.now() };
    const fields = isKnown(type) ? FIELDS[type](facts) : unknownFields(facts);
    const id = options.id ?? context.random.uuid(`notification ${++count}`);
    return { id, body: JSON.stringify({ data: { id, type, ...fields } }) };
  }

  function notification(options: NotificationOptions): Request {
    const { url = "https://marketplace.example/notifications", secret = parts.secret } = checkObject(
      "options",
      options,
    );
    return notificationRequest({ url: String(url), secret, body: write(options).body });
  }

  return {
    notification,
    notify: (options: NotificationOptions & { readonly url: string | URL }) => fetch(notification(options)),
    async deliver(content: NotificationContent): Promise<DeliveryResult[]> {
      const eventType = eventTypeOf(checkObject("content", content).type);
      const subject = subjectNamed(content.about);
      const apps = [subject.appId, marketplaceAppId];
      return webhooks.publish(eventType, apps, () => write(content, subject));
    },
  };
}

/** `packageCreated` is `PACKAGE_CREATED` in what a webhook asks for. @throws TypeError for a type without such a name */
function eventTypeOf(type: string): WebhookEventType {
  const name = checkText("type", type).replace(/[A-Z]/g, "_$&").toUpperCase();
  const found = EVENT_TYPES.find((each) => each === name);
  if (found) return found;
  throw optionError("type", "a type of notification that webhooks can ask for", show(type));
}

function isKnown(type: string): type is NotificationType {
  return Object.hasOwn(FIELDS, type);
}

function subjectOf(id: string, { apps, appStoreVersions, packages }: NotificationParts): Subject | undefined {
  const named = packages.get(id) ?? packages.withVersion(id);
  const appStoreVersion = named?.appStoreVersion ?? appStoreVersions.get(id) ?? appStoreVersions.latestOf(id);
  if (!appStoreVersion) {
    return apps.get(id) && { appId: id, packageId: undefined, versionId: undefined, version: undefined };
  }
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

function webhookFields(
  { subject: { appId }, marketplaceAppId, now }: Facts,
  attributes: object,
  instance?: Instance,
) {
  return {
    version: 1,
    // The webhooks write UTC, the older notifications an offset.
    attributes: { ...attributes, appId, timestamp: new Date(now).toISOString() },
    relationships: {
      ...(instance && { instance: { data: { type: instance[0], id: instance[1] } } }),
      marketplaceApp: { data: { type: "apps", id: marketplaceAppId } },
    },
  };
}

function marketplaceFields({ subject: { appId }, marketplaceAppId, now }: Facts, attributes: object) {
  const timestamp = appleDate(now);
  return {
    version: 1,
    timestamp,
    attributes: { marketplaceAppId, appId, eventTimestamp: timestamp, ...attributes },
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

function missing({ type, about }: NotificationContent, what: string): never {
  throw optionError("about", `something with a ${what}, for ${type}`, `${show(about)}, which has none`);
}
