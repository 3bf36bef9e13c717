/** The largest `manifest.json` that is read, in bytes. A thousand assets take about one megabyte. */
export const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;

/** The largest `signature` that is read, in bytes. Apple's have 3 kB to 25 kB. */
export const MAX_SIGNATURE_BYTES = 16 * 1024 * 1024;

/** The largest package zip that is read, in bytes. It holds two small files. */
export const MAX_ZIP_BYTES = 48 * 1024 * 1024;

/** The most entries that a package zip may have. */
export const MAX_ZIP_ENTRIES = 1000;

/** The most assets of all kinds that a manifest may list. */
export const MAX_ASSETS = 50_000;
