import { NotificationBodyError } from "./errors.js";
import { EVENT_READERS, type KnownEventType, knownType, optionalText, requiredText } from "./event-types.js";

/** The body as Apple sent it: parsed, but otherwise unchanged, with all fields that this version does not know. */
export interface NotificationDocument {
  readonly data: { readonly type: string; readonly id: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

interface EventBase {
  /** The notification's own id. Apple may deliver a notification more than once, with the same id. */
  readonly id: string;
  /** When it happened, as Apple wrote it: with `Z` or an offset, with or without fractions of a second. */
  readonly timestamp: string | undefined;
  /** The same time, to the millisecond; `undefined` if there is no timestamp or it cannot be read. */
  readonly date: Date | undefined;
  /** Everything that was sent. */
  readonly document: NotificationDocument;
}

/** The event of one type: the fields of every event, and those that the type's entry in the table reads. */
type EventOf<Type extends KnownEventType> = EventBase & {
  readonly type: Type;
} & Readonly<ReturnType<(typeof EVENT_READERS)[Type]>>;

/** An event about alternative distribution. Its `change` says what to do. */
export type AlternativeDistributionEvent = { [Type in KnownEventType]: EventOf<Type> }[KnownEventType];

/**
 * Apple built a version of a package. Webhooks, since API 4.0. Change: ingest `versionId`.
 * @interface
 */
export type AlternativeDistributionPackageVersionCreated =
  EventOf<"alternativeDistributionPackageVersionCreated">;

/**
 * A package became available, or must be removed, in some territories. Webhooks, since API 4.0. Change: ingest
 * `packageId` if it is `available`, else remove it.
 * @interface
 */
export type AlternativeDistributionPackageAvailableUpdated =
  EventOf<"alternativeDistributionPackageAvailableUpdated">;

/**
 * An app with all its packages became available, or must be removed, in some territories. Webhooks, since API 4.0.
 * Change: offer the app if it is `available`, else remove all its packages.
 * @interface
 */
export type AlternativeDistributionTerritoryAvailabilityUpdated =
  EventOf<"alternativeDistributionTerritoryAvailabilityUpdated">;

/**
 * A version of a package is available. From the older marketplace webhooks. Change: ingest `versionId` of `packageId`.
 * @interface
 */
export type AlternativeDistributionPackageVersionAvailable =
  EventOf<"AlternativeDistributionPackageVersionAvailable">;

/**
 * Some packages of an app must be removed. From the older marketplace webhooks. Apple also calls this type
 * `AppVersionUnavailable`; such a notification has this `type` too. Change: remove `packageIds`.
 * @interface
 */
export type AppVersionsUnavailable = EventOf<"AppVersionsUnavailable">;

/**
 * An app must be removed with all its packages. From the older marketplace webhooks. Change: remove, without
 * `packageIds`.
 * @interface
 */
export type AppUnavailable = EventOf<"AppUnavailable">;

declare const other: unique symbol;

/**
 * The type of any other event, as Apple wrote it. At run time it is a plain string. For TypeScript it is one more literal
 * type, because in a union with `string` a `switch` could not narrow to the known types. To compare it with a string, assign
 * it to a variable of type `string` first.
 */
export type OtherEventType = "any other type" & { readonly [other]: true };

/** Any other event that reaches the same endpoint, for example a test ping. Its fields are in `document`. */
export interface OtherEvent extends EventBase {
  readonly type: OtherEventType;
  readonly change: undefined;
}

/** A verified notification: switch on `type` for Apple's own fields, or on `change?.action` for what to do. */
export type NotificationEvent = AlternativeDistributionEvent | OtherEvent;

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:(\.\d{1,3})\d*)?(Z|[+-]\d\d:?\d\d)$/;
const DECODER = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the bytes of a body as an event.
 *
 * @throws NotificationBodyError if they are not a notification, or a known type lacks a required field
 */
export function readEvent(bytes: Uint8Array): NotificationEvent {
  const document = parseNotification(bytes);
  const { id } = document.data;
  const type = knownType(document.data.type);
  const timestamp =
    optionalText(document, "data", "attributes", "timestamp") ??
    optionalText(document, "data", "attributes", "eventTimestamp");
  const date = readDate(timestamp);
  if (type === undefined) {
    // Apple may add types at any time, so another type is an event and not an error.
    const otherType = document.data.type as OtherEventType;
    return { type: otherType, id, timestamp, date, document, change: undefined };
  }
  // The entry of a type reads the fields of that type; TypeScript loses this connection in the union of all types.
  const fields = EVENT_READERS[type](document);
  return { type, id, timestamp, date, document, ...fields } as AlternativeDistributionEvent;
}

/** The decoder drops a byte order mark: it is part of what is signed, but not of the JSON. */
function parseNotification(bytes: Uint8Array): NotificationDocument {
  let document: unknown;
  try {
    document = JSON.parse(DECODER.decode(bytes));
  } catch {
    throw new NotificationBodyError("The body is not JSON in UTF-8");
  }
  requiredText(document, "data", "type");
  requiredText(document, "data", "id");
  return document as NotificationDocument; // the two lines above checked all that this type promises
}

/**
 * A time without an offset is not read, because it would differ by machine. Not every runtime reads more than three digits
 * of a fraction.
 */
function readDate(timestamp: string | undefined): Date | undefined {
  const [, time, fraction = "", offset] = TIMESTAMP.exec(timestamp ?? "") ?? [];
  if (time === undefined) return undefined;
  const date = new Date(`${time}${fraction}${offset}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
