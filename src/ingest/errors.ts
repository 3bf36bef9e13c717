/**
 * Why an ingest was refused or given up:
 *
 * | reason | means |
 * |---|---|
 * | `no-version` | the package has no version in state COMPLETED yet |
 * | `busy` | another ingest or removal is at work on the same target |
 * | `target` | what stands at the target may not be replaced or removed |
 * | `package-zip` | the zip with manifest and signature is damaged or hostile |
 * | `manifest` | the manifest is malformed, hostile or contradicts itself |
 * | `asset-missing` | the API knows no such asset, or gives no URL for it |
 * | `download` | the CDN did not deliver: refused, broken off or stalled, five times without progress |
 * | `corrupt` | the CDN delivered wrong bytes or a wrong length, five times |
 * | `no-space` | the disk or the quota has too little room |
 * | `disk` | the file system refused something else (permissions, read-only, I/O error) |
 */
export type IngestErrorReason =
  | "no-version"
  | "busy"
  | "target"
  | "package-zip"
  | "manifest"
  | "asset-missing"
  | "download"
  | "corrupt"
  | "no-space"
  | "disk";

/** What an {@link IngestError} tells beside its message; each field only where it applies. */
export interface IngestErrorDetails {
  /** The asset's path in the package. */
  path?: string;
  /** Index of the wrong chunk in the asset, from 0. */
  chunk?: number;
  /** The digest (hex) or size (bytes, decimal) that the manifest demands. */
  expected?: string;
  /** The digest or size that was found. */
  found?: string;
  cause?: unknown;
}

/** What ingest refuses or gives up on. Errors of the API itself pass through as the client throws them. */
export class IngestError extends Error {
  override readonly name = "IngestError";
  /** The kind of failure, to switch on. */
  readonly reason: IngestErrorReason;
  /** The asset's path in the package, where one asset is to blame. */
  readonly path: string | undefined;
  /** Index of the wrong chunk in the asset, from 0. */
  readonly chunk: number | undefined;
  /** The digest (hex) or size (bytes) that the manifest demands. */
  readonly expected: string | undefined;
  /** The digest or size that was found. */
  readonly found: string | undefined;

  constructor(reason: IngestErrorReason, message: string, details: IngestErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.path = details.path;
    this.chunk = details.chunk;
    this.expected = details.expected;
    this.found = details.found;
  }
}

/** Foreign text for an error message: on one line, quoted, and never long. */
export function quote(text: unknown): string {
  const quoted = JSON.stringify(text) ?? String(text);
  return quoted.length > 80 ? `${quoted.slice(0, 76)}…"` : quoted;
}
