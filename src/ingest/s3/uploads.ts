import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { IngestError } from "../errors.js";
import { isGone, type S3Problem } from "./explain.js";
import { type ObjectInfo, storeInput } from "./objects.js";
import { readPages } from "./pages.js";
import { type RequestBody, setBodyDigest } from "./request-body.js";
import type { S3Requests } from "./requests.js";

/** A multipart upload that is neither completed nor aborted. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
}

/** An open upload as the store lists it. */
export interface ListedUpload extends OpenUpload {
  /** ms since 1970, by the store's clock. */
  readonly initiated: number;
}

/** A part that the store has. */
export interface UploadedPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
}

/** A part as the store lists it. */
export interface ListedPart extends UploadedPart {
  readonly bytes: number;
}

/** Not every store can list uploads, and not every policy allows it. Without it, nothing is resumed. */
function isUnlisted(problem: S3Problem): boolean {
  return isGone(problem) || problem.status === 403 || problem.status === 501;
}

/** The multipart uploads of one bucket. */
export class S3Uploads {
  readonly requests: S3Requests;
  readonly #bucket: string;

  constructor(requests: S3Requests) {
    this.requests = requests;
    this.#bucket = requests.bucket;
  }

  /** Starts an upload. */
  async create(key: string, info: ObjectInfo): Promise<OpenUpload> {
    const command = new CreateMultipartUploadCommand(storeInput(this.#bucket, key, info));
    const { UploadId } = await this.requests.send("CreateMultipartUpload", key, command);
    // Without it, a part would be stored as the object.
    if (UploadId) return { key, id: UploadId };
    const message = `s3://${this.#bucket}/${key}: the store gave no id of the upload. Use a store with multipart uploads.`;
    throw new IngestError("store", message);
  }

  #input({ key, id }: OpenUpload) {
    return { Bucket: this.#bucket, Key: key, UploadId: id };
  }

  /** Sends a part, which replaces an earlier one of this number. Returns its ETag; undefined if the upload is gone. */
  async putPart(upload: OpenUpload, number: number, body: RequestBody): Promise<string | undefined> {
    const part = { PartNumber: number, Body: body.bytes };
    const command = new UploadPartCommand({ ...this.#input(upload), ...part });
    setBodyDigest(command, body);
    const sent = await this.requests.trySend("UploadPart", upload.key, isGone, command);
    return sent && (sent.ETag ?? "");
  }

  /**
   * Turns an upload into an object.
   *
   * @returns false if the upload is gone (also after a repeated request whose first answer was lost), or if its parts
   * are not these any more
   */
  async complete(upload: OpenUpload, parts: readonly UploadedPart[]): Promise<boolean> {
    const Parts = [...parts]
      .sort((a, b) => a.number - b.number)
      .map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const command = new CompleteMultipartUploadCommand({
      ...this.#input(upload),
      MultipartUpload: { Parts },
    });
    const isRefused = (problem: S3Problem) => isGone(problem) || problem.code === "InvalidPart";
    const completed = await this.requests.trySend("CompleteMultipartUpload", upload.key, isRefused, command);
    return completed !== undefined;
  }

  /** Ends an upload and deletes its parts. One that is gone is no error. */
  async abort(upload: OpenUpload): Promise<void> {
    const command = new AbortMultipartUploadCommand(this.#input(upload));
    await this.requests.trySend("AbortMultipartUpload", upload.key, isGone, command);
  }

  /** The open uploads of all keys with a prefix. None if the store or the policy does not allow to list them. */
  async list(prefix: string): Promise<ListedUpload[]> {
    const uploads: ListedUpload[] = [];
    const pages = readPages<ListMultipartUploadsCommandOutput, object>({
      request: "ListMultipartUploads",
      place: `s3://${this.#bucket}/${prefix}`,
      read: (from) => {
        const command = new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, ...from });
        return this.requests.trySend("ListMultipartUploads", prefix, isUnlisted, command);
      },
      next: ({ IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker }) => {
        if (IsTruncated !== true || KeyMarker === undefined) return undefined;
        return { KeyMarker, ...(UploadIdMarker !== undefined && { UploadIdMarker }) };
      },
    });
    for await (const { Uploads = [] } of pages) {
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (!Key?.startsWith(prefix) || UploadId === undefined || Initiated === undefined) continue;
        uploads.push({ key: Key, id: UploadId, initiated: Initiated.getTime() });
      }
    }
    return uploads;
  }

  /** The parts of an open upload. None if it is gone, or if the store or the policy does not allow to list them. */
  async listParts(upload: OpenUpload): Promise<ListedPart[]> {
    const parts: ListedPart[] = [];
    const pages = readPages<ListPartsCommandOutput, string>({
      request: "ListParts",
      place: `s3://${this.#bucket}/${upload.key}`,
      read: (marker) => {
        const from = marker === undefined ? {} : { PartNumberMarker: marker };
        const command = new ListPartsCommand({ ...this.#input(upload), ...from });
        return this.requests.trySend("ListParts", upload.key, isUnlisted, command);
      },
      next: ({ IsTruncated, NextPartNumberMarker }) =>
        IsTruncated === true ? NextPartNumberMarker : undefined,
    });
    for await (const { Parts = [] } of pages) {
      for (const { PartNumber, ETag, Size } of Parts) {
        if (PartNumber === undefined || ETag === undefined || Size === undefined) continue;
        parts.push({ number: PartNumber, etag: ETag, bytes: Size });
      }
    }
    return parts;
  }
}
