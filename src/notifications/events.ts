import type { IngestChange, OfferChange, PackageChange, RemoveChange } from "./changes.js";

/** The body as Apple sent it, parsed and untouched, with every field this version does not know. */
export interface NotificationDocument {
  data: { type: string; id: string; [field: string]: unknown };
  [field: string]: unknown;
}

interface EventBase {
  /** The notification's own id. Apple may deliver one notification more than once, with the same id. */
  id: string;
  /** When it happened, as Apple wrote it: with `Z` or an offset, with or without fractions of a second. */
  timestamp: string | undefined;
  /** The same moment, to the millisecond; `undefined` when there is no timestamp, or none that can be read. */
  date: Date | undefined;
  /** All that was sent. */
  document: NotificationDocument;
}

interface KnownEvent extends EventBase {
  /** The Apple ID of the app it is about. */
  appId: string;
  /** The Apple ID of the marketplace's own app, when Apple names it. */
  marketplaceAppId: string | undefined;
  /** What to do about it, in the same terms for both generations. */
  change: PackageChange;
}

/** A version of a package was built: ingest it. Webhooks, since API 4.0. */
export interface AlternativeDistributionPackageVersionCreated extends KnownEvent {
  type: "alternativeDistributionPackageVersionCreated";
  versionId: string;
  change: IngestChange;
}

/** A package became available, or must go, in some territories. Webhooks, since API 4.0. */
export interface AlternativeDistributionPackageAvailableUpdated extends KnownEvent {
  type: "alternativeDistributionPackageAvailableUpdated";
  packageId: string;
  available: boolean;
  territories: string[] | undefined;
  change: IngestChange | RemoveChange;
}

/** An app, with all its packages, became available or must go in some territories. Webhooks, since API 4.0. */
export interface AlternativeDistributionTerritoryAvailabilityUpdated extends KnownEvent {
  type: "alternativeDistributionTerritoryAvailabilityUpdated";
  available: boolean;
  territories: string[] | undefined;
  change: OfferChange | RemoveChange;
}

/** A version of a package is available: ingest it. From the older marketplace webhooks. */
export interface AlternativeDistributionPackageVersionAvailable extends KnownEvent {
  type: "AlternativeDistributionPackageVersionAvailable";
  packageId: string;
  versionId: string;
  /** The version of the package, a count as text: `"1"`. */
  versionNumber: string | undefined;
  change: IngestChange;
}

/** Some packages of an app must go. From the older marketplace webhooks. */
export interface AppVersionsUnavailable extends KnownEvent {
  type: "AppVersionsUnavailable";
  packageIds: string[];
  change: RemoveChange;
}

/** An app must go, with all its packages. From the older marketplace webhooks. */
export interface AppUnavailable extends KnownEvent {
  type: "AppUnavailable";
  change: RemoveChange;
}

/** The six types that are about alternative distribution. */
export type AlternativeDistributionEvent =
  | AlternativeDistributionPackageVersionCreated
  | AlternativeDistributionPackageAvailableUpdated
  | AlternativeDistributionTerritoryAvailabilityUpdated
  | AlternativeDistributionPackageVersionAvailable
  | AppVersionsUnavailable
  | AppUnavailable;

declare const other: unique symbol;

/**
 * The type of an event that is none of the six, as Apple wrote it. At run time a plain string; to TypeScript a
 * literal of its own, because next to a `string` the six would not be told apart. Assign it to a `string` to
 * compare it.
 */
export type OtherEventType = "any other type" & { readonly [other]: true };

/** Any other event that reaches the same endpoint, a test ping for one. Its fields are in `document`. */
export interface OtherEvent extends EventBase {
  type: OtherEventType;
  change: undefined;
}

/** A verified notification: switch on `type` for Apple's own fields, or on `change?.action` for what to do. */
export type NotificationEvent = AlternativeDistributionEvent | OtherEvent;
