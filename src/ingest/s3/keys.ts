import { checkText, optionError, show } from "../../checks.js";

/** A place in a bucket. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends in `/`, so that `packages/1/` does not contain `packages/10/`. */
  readonly prefix: string;
}

/**
 * Checks a bucket's name and a prefix. A `/` at the end of the prefix may be left out.
 *
 * @throws TypeError
 */
export function readPlace(bucket: unknown, prefix: unknown): S3Place {
  const name = checkText("bucket", bucket, "the name of a bucket");
  if (/[\s/]/.test(name)) throw optionError("bucket", "the name of a bucket", show(name));
  if (typeof prefix !== "string") throw optionError("prefix", "a string", show(prefix));
  if (prefix === "") return { bucket: name, prefix };
  const segments = prefix.replace(/\/$/, "").split("/");
  // Browsers and CDNs resolve these names, so nobody could fetch what is below them.
  const isWrong = segments.some((segment) => ["", ".", ".."].includes(segment));
  if (isWrong || /\p{Cc}/u.test(prefix)) {
    throw optionError("prefix", "a prefix like packages/1234/", show(prefix));
  }
  return { bucket: name, prefix: `${segments.join("/")}/` };
}

/** The place as an `s3://` URL. */
export function locationOf({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}/${prefix}`;
}
