import type { ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-s3";
import type { ByteRange } from "../package/chunk-tracker.js";
import type { ExpectedContent } from "./content.js";
import type { S3Command } from "./requests.js";

const HEADER = "x-amz-content-sha256";

/** The body of a request that stores something. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  /** Their SHA-256 in hex. */
  readonly sha256?: string | undefined;
}

/** A range of an asset as a body. With its SHA-256 if the range is a chunk, whose bytes have to be checked before. */
export function assetBody(content: ExpectedContent, range: ByteRange, bytes: Uint8Array): RequestBody {
  const { algorithm, chunkSize, digests } = content;
  const chunk = range.start / chunkSize;
  const isChunk = Number.isInteger(chunk) && range.end === Math.min(range.start + chunkSize, content.bytes);
  return { bytes, ...(isChunk && algorithm === "sha256" && { sha256: digests[chunk] }) };
}

/**
 * Gives a command the SHA-256 of its body if it is known. Otherwise the SDK digests the body once more to sign the request.
 * The store refuses bytes that have another one.
 */
export function setBodyDigest<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  { middlewareStack }: S3Command<Input, Output>,
  { sha256 }: RequestBody,
): void {
  if (sha256 === undefined) return;
  const options = { step: "build", name: "bodyDigest" } as const;
  middlewareStack.add((next) => {
    return (args) => {
      // The cast: the SDK's types leave open what a request is. In its "build" step it is one of HTTP.
      const { headers } = args.request as { readonly headers: Record<string, string> };
      // The user's client may have chosen another value, such as UNSIGNED-PAYLOAD.
      if (!Object.keys(headers).some((name) => name.toLowerCase() === HEADER)) headers[HEADER] = sha256;
      return next(args);
    };
  }, options);
}
