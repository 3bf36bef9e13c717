import {
  optionalText,
  optionalTexts,
  parseDocument,
  requiredBoolean,
  requiredText,
  requiredTexts,
} from "./document.js";
import type { NotificationDocument, NotificationEvent, OtherEventType } from "./events.js";

/**
 * The signed bytes as an event. A known type must name what it is about; what else it lacks is `undefined`.
 * @throws NotificationBodyError
 */
export function readEvent(bytes: Uint8Array): NotificationEvent {
  const document = parseDocument(bytes);
  const { type, id } = document.data;
  const timestamp = attributeText(document, "timestamp") ?? attributeText(document, "eventTimestamp");
  const base = { id, timestamp, date: readDate(timestamp), document };

  switch (type) {
    case "alternativeDistributionPackageVersionCreated": {
      const app = readApp(document);
      const versionId = instanceId(document);
      return {
        type,
        ...base,
        ...app,
        versionId,
        change: { action: "ingest", ...app, versionId },
      };
    }
    case "alternativeDistributionPackageAvailableUpdated": {
      const app = readApp(document);
      const packageId = instanceId(document);
      const { available, territories } = readAvailability(document);
      return {
        type,
        ...base,
        ...app,
        packageId,
        available,
        territories,
        change: available
          ? { action: "ingest", ...app, packageId, territories }
          : { action: "remove", ...app, packageIds: [packageId], territories },
      };
    }
    case "alternativeDistributionTerritoryAvailabilityUpdated": {
      const app = readApp(document);
      const { available, territories } = readAvailability(document);
      return {
        type,
        ...base,
        ...app,
        available,
        territories,
        change: available
          ? { action: "offer", ...app, territories }
          : { action: "remove", ...app, territories },
      };
    }
    case "AlternativeDistributionPackageVersionAvailable": {
      const app = readApp(document);
      const packageId = requiredText(document, "data", "attributes", "alternativeDistributionPackageId");
      const versionId = requiredText(
        document,
        "data",
        "attributes",
        "alternativeDistributionPackageVersionId",
      );
      return {
        type,
        ...base,
        ...app,
        packageId,
        versionId,
        versionNumber: attributeText(document, "alternativeDistributionPackageVersionNum"),
        change: { action: "ingest", ...app, packageId, versionId },
      };
    }
    case "AppVersionsUnavailable": {
      const app = readApp(document);
      const packageIds = requiredTexts(document, "data", "attributes", "alternativeDistributionPackageIds");
      return {
        type,
        ...base,
        ...app,
        packageIds,
        change: { action: "remove", ...app, packageIds },
      };
    }
    case "AppUnavailable": {
      const app = readApp(document);
      return {
        type,
        ...base,
        ...app,
        change: { action: "remove", ...app },
      };
    }
    default:
      return { type: type as OtherEventType, ...base, change: undefined }; // the six are handled above
  }
}

/** The app, and the marketplace's own, which the older notifications name among the attributes. */
function readApp(document: NotificationDocument): { appId: string; marketplaceAppId: string | undefined } {
  return {
    appId: requiredText(document, "data", "attributes", "appId"),
    marketplaceAppId:
      optionalText(document, "data", "relationships", "marketplaceApp", "data", "id") ??
      attributeText(document, "marketplaceAppId"),
  };
}

function readAvailability(document: NotificationDocument): {
  available: boolean;
  territories: string[] | undefined;
} {
  return {
    available: requiredBoolean(document, "data", "attributes", "available"),
    territories: optionalTexts(document, "data", "attributes", "territories"),
  };
}

/** The id of the resource that a webhook's notification is about. */
function instanceId(document: NotificationDocument): string {
  return requiredText(document, "data", "relationships", "instance", "data", "id");
}

function attributeText(document: NotificationDocument, name: string): string | undefined {
  return optionalText(document, "data", "attributes", name);
}

/** Only a moment with an offset is the same on every machine; only three digits of fraction parse everywhere. */
function readDate(timestamp: string | undefined): Date | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:?\d\d)$/.exec(timestamp ?? "");
  const milliseconds = parts ? Date.parse(`${parts[1]}${parts[2]}`) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}
