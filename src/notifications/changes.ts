/** The fields that every change has. */
export interface ChangeBase {
  /** The app's Apple ID. */
  readonly appId: string;
  /** The Apple ID of the marketplace's own app; `undefined` if Apple does not name it. */
  readonly marketplaceAppId: string | undefined;
  /** Where it applies (ISO 3166-1 alpha-3, such as `FRA`). `undefined`: everywhere, because Apple names no territory. */
  readonly territories?: string[] | undefined;
}

/**
 * Ingest this version or, if only the package is named, its current version. It replaces no other package
 * of the app. The webhooks name only the version, the older notifications name both.
 */
export type IngestChange = ChangeBase & { readonly action: "ingest" } & (
    | { readonly versionId: string; readonly packageId?: undefined }
    | { readonly versionId?: undefined; readonly packageId: string }
    | { readonly versionId: string; readonly packageId: string }
  );

/** Stop offering these packages in these territories. Delete a package that is then offered nowhere. */
export interface RemoveChange extends ChangeBase {
  readonly action: "remove";
  /** The packages to remove. `undefined`: every package of the app. */
  readonly packageIds?: string[] | undefined;
}

/** The app may be offered in these territories. Apple names no package, so there is nothing to ingest yet. */
export interface OfferChange extends ChangeBase {
  readonly action: "offer";
}

/**
 * What to do about an event, in the same terms for the webhooks and the older notifications. It is plain JSON, made to
 * be put on a queue. Each event's description says which change it has.
 */
export type PackageChange = IngestChange | RemoveChange | OfferChange;
