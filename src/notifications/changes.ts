/** What every change says. */
interface ChangeBase {
  /** The app's Apple ID. */
  appId: string;
  /** The Apple ID of the marketplace's own app, when Apple names it. */
  marketplaceAppId: string | undefined;
  /** Where it applies (ISO 3166-1 alpha-3, as `FRA`). `undefined`: Apple names no territories, so everywhere. */
  territories?: string[] | undefined;
}

/**
 * Ingest this version or, when only the package is named, its current version. What you have already can stay.
 * The webhooks name the version alone, the older notifications both.
 */
export type IngestChange = ChangeBase & { action: "ingest" } & (
    | { versionId: string; packageId?: undefined }
    | { versionId?: undefined; packageId: string }
    | { versionId: string; packageId: string }
  );

/** Stop offering these packages in these territories, and delete what is then offered nowhere. */
export interface RemoveChange extends ChangeBase {
  action: "remove";
  /** The packages that must go. `undefined`: every package of the app. */
  packageIds?: string[] | undefined;
}

/** The app may be offered in these territories. Apple names no package, so there is nothing to ingest yet. */
export interface OfferChange extends ChangeBase {
  action: "offer";
}

/**
 * The same answer from both generations of notifications: which app, which package, which version, ingest or
 * remove? Plain JSON, made to be put on a queue.
 *
 * | event type | change |
 * |---|---|
 * | `alternativeDistributionPackageVersionCreated` | ingest `versionId` |
 * | `AlternativeDistributionPackageVersionAvailable` | ingest `versionId` of `packageId` |
 * | `alternativeDistributionPackageAvailableUpdated` | `available`: ingest `packageId`; else remove that package |
 * | `alternativeDistributionTerritoryAvailabilityUpdated` | `available`: offer; else remove the whole app there |
 * | `AppVersionsUnavailable` | remove `packageIds` |
 * | `AppUnavailable` | remove the whole app |
 */
export type PackageChange = IngestChange | RemoveChange | OfferChange;
