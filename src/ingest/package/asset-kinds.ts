import type { AssetDetails, Manifest } from "./manifest.js";

/** The keys that an interface declares by name, without its index signature. */
type DeclaredKey<T> = keyof { [Key in keyof T as string extends Key ? never : Key]: T[Key] };

type ListKey = DeclaredKey<Manifest>;
type EntryOf<Key extends ListKey> = NonNullable<Manifest[Key]>[number];
type DetailsKey<Entry> = {
  [Key in DeclaredKey<Entry>]: Entry[Key] extends AssetDetails ? Key : never;
}[DeclaredKey<Entry>];

/** Where the manifest and the folder have the assets of one kind. */
type AssetKindRow = {
  [Key in ListKey]: {
    /** The manifest's list of them: declared in {@link Manifest}. */
    readonly listKey: Key;
    /** The key of an entry's size and digests: declared in the entry's type. */
    readonly detailsKey: DetailsKey<EntryOf<Key>>;
    /** The folder of their files. */
    readonly folder: string;
    /** Whether every manifest must have the list. */
    readonly required: boolean;
  };
}[ListKey];

/** A kind of asset: a variant is the app for one kind of device, a delta the update from an earlier version. */
export type AssetKind = "variant" | "delta";

/**
 * The kinds of assets, in the order in which ingest works on them. Everything that depends on the kind comes from this
 * table. What the client has to know of a kind is in `asset-resources.ts`, which does not compile without a row for
 * each kind either.
 */
export const ASSET_KINDS: Readonly<Record<AssetKind, AssetKindRow>> = {
  variant: { listKey: "variants", detailsKey: "variantDetails", folder: "variant", required: true },
  delta: { listKey: "deltas", detailsKey: "deltaDetails", folder: "delta", required: false },
};

/** All kinds, in the table's order. */
// Object.keys gives string[]. The table's type allows no other keys than the kinds.
export const ALL_ASSET_KINDS = Object.keys(ASSET_KINDS) as readonly AssetKind[];
