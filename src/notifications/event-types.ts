import { isObject } from "../json.js";
import type { ChangeBase, IngestChange, OfferChange, PackageChange, RemoveChange } from "./changes.js";
import { NotificationBodyError } from "./errors.js";

type EventApp = Pick<ChangeBase, "appId" | "marketplaceAppId">;

/**
 * All event types about alternative distribution, each with the function that reads its fields from the document. The
 * TypeScript type of an event is derived from what this function returns, so a new event type is one new entry.
 *
 * A field that is needed to act on the event is required: without it, the function throws a NotificationBodyError.
 * Spreads come last, because Node 20 makes such an object ten times faster.
 */
export const EVENT_READERS = {
  alternativeDistributionPackageVersionCreated(document) {
    const app = readApp(document);
    const versionId = instanceId(document);
    const change: IngestChange = { action: "ingest", versionId, ...app };
    return { versionId, change, ...app };
  },

  alternativeDistributionPackageAvailableUpdated(document) {
    const app = readApp(document);
    const packageId = instanceId(document);
    const { available, territories } = readAvailability(document);
    const change: IngestChange | RemoveChange = available
      ? { action: "ingest", packageId, territories, ...app }
      : { action: "remove", packageIds: [packageId], territories, ...app };
    return { packageId, available, territories, change, ...app };
  },

  alternativeDistributionTerritoryAvailabilityUpdated(document) {
    const app = readApp(document);
    const { available, territories } = readAvailability(document);
    const change: OfferChange | RemoveChange = {
      action: available ? "offer" : "remove",
      territories,
      ...app,
    };
    return { available, territories, change, ...app };
  },

  AlternativeDistributionPackageVersionAvailable(document) {
    const app = readApp(document);
    const packageId = requiredText(document, "data", "attributes", "alternativeDistributionPackageId");
    const versionId = requiredText(document, "data", "attributes", "alternativeDistributionPackageVersionId");
    const change: IngestChange = { action: "ingest", packageId, versionId, ...app };
    return {
      packageId,
      versionId,
      /** Counts the versions of the package, as text: `"1"`. */
      versionNumber: optionalText(document, "data", "attributes", "alternativeDistributionPackageVersionNum"),
      change,
      ...app,
    };
  },

  AppVersionsUnavailable(document) {
    const app = readApp(document);
    const packageIds = requiredTexts(document, "data", "attributes", "alternativeDistributionPackageIds");
    const change: RemoveChange = { action: "remove", packageIds, ...app };
    return { packageIds, change, ...app };
  },

  AppUnavailable(document) {
    const app = readApp(document);
    const change: RemoveChange = { action: "remove", ...app };
    return { change, ...app };
  },
} satisfies Record<string, (document: unknown) => EventApp & { readonly change: PackageChange }>;

/** The `type` of an event about alternative distribution. */
export type KnownEventType = keyof typeof EVENT_READERS;

/** The entry of {@link EVENT_READERS} that is for a notification's type; `undefined` if there is none. */
export function knownType(type: string): KnownEventType | undefined {
  // Apple's documentation has two names for one type.
  const name = type === "AppVersionUnavailable" ? "AppVersionsUnavailable" : type;
  return isKnownType(name) ? name : undefined;
}

function isKnownType(type: string): type is KnownEventType {
  return Object.hasOwn(EVENT_READERS, type);
}

/** Webhooks name the marketplace's app in the relationships, older notifications in the attributes. */
function readApp(document: unknown): EventApp {
  return {
    appId: requiredText(document, "data", "attributes", "appId"),
    marketplaceAppId:
      relatedId(document, "marketplaceApp") ??
      optionalText(document, "data", "attributes", "marketplaceAppId"),
  };
}

function readAvailability(document: unknown) {
  return {
    available: requiredBoolean(document, "data", "attributes", "available"),
    territories: optionalTexts(document, "data", "attributes", "territories"),
  };
}

/** The id of the resource that a webhook's notification is about. */
function instanceId(document: unknown): string {
  const id = relatedId(document, "instance");
  if (!id) throw wrongField(["data", "relationships", "instance", "data", "id"], "a non-empty string");
  return id;
}

/** Apple documents `data` around a relation's type and id, but leaves it out in some events. */
function relatedId(document: unknown, name: string): string | undefined {
  const relation = ["data", "relationships", name];
  return optionalText(document, ...relation, "data", "id") ?? optionalText(document, ...relation, "id");
}

/** @throws NotificationBodyError if the field is missing, empty or not a string. */
export function requiredText(document: unknown, ...path: string[]): string {
  const value = optionalText(document, ...path);
  if (!value) throw wrongField(path, "a non-empty string");
  return value;
}

/** The field if it is a string, else `undefined`. */
export function optionalText(document: unknown, ...path: string[]): string | undefined {
  const value = fieldAt(document, path);
  return typeof value === "string" ? value : undefined;
}

function requiredBoolean(document: unknown, ...path: string[]): boolean {
  const value = fieldAt(document, path);
  if (typeof value === "boolean") return value;
  throw wrongField(path, "true or false");
}

function requiredTexts(document: unknown, ...path: string[]): string[] {
  const value = optionalTexts(document, ...path);
  if (!value) throw wrongField(path, "a list of strings");
  return value;
}

/** @throws NotificationBodyError if the field is there, but is not a list of strings. */
function optionalTexts(document: unknown, ...path: string[]): string[] | undefined {
  const value = fieldAt(document, path);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string" && each !== "")) {
    return [...value];
  }
  throw wrongField(path, "a list of strings");
}

/** The value at a path of keys; `undefined` if there is none or it is `null`. */
function fieldAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value ?? undefined;
}

function wrongField(path: readonly string[], expected: string): NotificationBodyError {
  return new NotificationBodyError(`The notification's ${path.join(".")} is missing or is not ${expected}`);
}
