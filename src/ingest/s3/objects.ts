import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  type DeleteObjectsCommandOutput,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { IngestError } from "../errors.js";
import { isGone, keyProblem, type S3Problem } from "./explain.js";
import { readPages } from "./pages.js";
import { type RequestBody, setBodyDigest } from "./request-body.js";
import type { S3Requests } from "./requests.js";

/** What is stored with an object beside its bytes. */
export interface ObjectInfo {
  readonly contentType: string;
  readonly cacheControl?: string | undefined;
  /** Names in lower case; names and values in ASCII, 2 KB together. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the store says about an object. */
export interface FoundObject {
  readonly bytes: number;
  /** As it came, with its quotes. */
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object whose body has not been read yet. `bytes` are those of the body. */
export interface ReadableObject extends FoundObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where in the object the body begins. 0 if the store ignored the range. */
  readonly start: number;
}

/** What must hold for a PUT: there is no object yet, or it is still the one with this ETag. */
export type PutCondition = { readonly absent: true } | { readonly etag: string };

/** The fields of a command that stores an object. */
export function storeInput(bucket: string, key: string, { contentType, cacheControl, metadata }: ObjectInfo) {
  return {
    Bucket: bucket,
    Key: key,
    ContentType: contentType,
    Metadata: { ...metadata },
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
  };
}

const MAX_DELETED_AT_ONCE = 1000;

/** The objects of one bucket. */
export class S3Objects {
  readonly requests: S3Requests;
  readonly #bucket: string;

  constructor(requests: S3Requests) {
    this.requests = requests;
    this.#bucket = requests.bucket;
  }

  /** An object's facts. Undefined if there is none, or no bucket: the answer to HEAD does not say which. */
  async head(key: string, bucket = this.#bucket): Promise<FoundObject | undefined> {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const isAbsent = ({ status }: S3Problem) => status === 404;
    const found = await this.requests.trySend("HeadObject", key, isAbsent, command);
    if (!found) return undefined;
    return { bytes: found.ContentLength ?? 0, etag: found.ETag ?? "", metadata: found.Metadata ?? {} };
  }

  /**
   * An object with its bytes from `start`, as they come. Undefined if there is no object. When the connection breaks, the
   * iteration throws what the SDK throws.
   */
  async get(key: string, start = 0): Promise<ReadableObject | undefined> {
    const range = start > 0 ? { Range: `bytes=${start}-` } : {};
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...range });
    const found = await this.requests.trySend("GetObject", key, isGone, command);
    if (!found) return undefined;
    const { ContentLength: bytes = 0, ETag: etag = "", Metadata: metadata = {} } = found;
    // On Node, the SDK's body is a stream of Node. Its type also covers browsers.
    const body = found.Body as AsyncIterable<Uint8Array>;
    return { body, bytes, etag, metadata, start: found.ContentRange === undefined ? 0 : start };
  }

  /**
   * Stores an object.
   *
   * @returns its ETag; undefined if the condition does not hold
   */
  async put(
    key: string,
    body: RequestBody,
    info: ObjectInfo,
    condition?: PutCondition,
  ): Promise<string | undefined> {
    if (condition === undefined || "absent" in condition)
      return this.#put(key, body, info, condition && { IfNoneMatch: "*" });
    const { etag } = condition;
    if (etag === "") {
      const message = `s3://${this.#bucket}/${key}: the store gave no ETag, without which another worker's file could be replaced. Use another store.`;
      throw new IngestError("store", message);
    }
    const stored = await this.#put(key, body, info, { IfMatch: etag });
    if (stored !== undefined || (await this.head(key))?.etag !== etag) return stored;
    // It is still the same object, so this store (radosgw 16) compares without the quotes that HTTP requires.
    return this.#put(key, body, info, { IfMatch: etag.replaceAll('"', "") });
  }

  async #put(
    key: string,
    body: RequestBody,
    info: ObjectInfo,
    condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string } = {},
  ): Promise<string | undefined> {
    const command = new PutObjectCommand({
      ...storeInput(this.#bucket, key, info),
      Body: body.bytes,
      ...condition,
    });
    setBodyDigest(command, body);
    // If it is gone, the object that should match was deleted.
    const isRefused = (problem: S3Problem) => problem.status === 412 || isGone(problem);
    const stored = await this.requests.trySend("PutObject", key, isRefused, command);
    return stored && (stored.ETag ?? "");
  }

  /** Copies an object of up to 5 GiB, with its metadata, inside the store. Returns false if there is no such object. */
  async copy(from: { readonly bucket: string; readonly key: string }, key: string): Promise<boolean> {
    const source = `${from.bucket}/${from.key}`.split("/").map(encodeURIComponent).join("/");
    const command = new CopyObjectCommand({ Bucket: this.#bucket, Key: key, CopySource: source });
    const copied = await this.requests.trySend("CopyObject", key, isGone, command);
    return copied !== undefined;
  }

  /** Every object with a prefix and its size, in the order of the keys. A thousand are one request. */
  async list(prefix: string): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const pages = readPages<ListObjectsV2CommandOutput, string>({
      request: "ListObjectsV2",
      place: `s3://${this.#bucket}/${prefix}`,
      read: (token) => {
        const from = token === undefined ? {} : { ContinuationToken: token };
        const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ...from });
        return this.requests.send("ListObjectsV2", prefix, command);
      },
      next: ({ IsTruncated, NextContinuationToken: token }) => {
        if (IsTruncated !== true) return undefined;
        // Without it, a part of the package would be missing from the list.
        if (token) return token;
        const message = `s3://${this.#bucket}/${prefix}: the store lists a part of the objects, and not how to go on. Use another store.`;
        throw new IngestError("store", message);
      },
    });
    for await (const { Contents = [] } of pages) {
      for (const { Key, Size } of Contents) {
        // Not every store lists sizes.
        if (Key?.startsWith(prefix)) found.set(Key, Size ?? (await this.head(Key))?.bytes ?? 0);
      }
    }
    return found;
  }

  /** Deletes objects. Those that do not exist are no error. */
  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += MAX_DELETED_AT_ONCE) {
      const batch = keys.slice(start, start + MAX_DELETED_AT_ONCE);
      const Delete = { Objects: batch.map((key) => ({ Key: key })), Quiet: true };
      const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete });
      const problemIn = ({ Errors: [failed] = [] }: DeleteObjectsCommandOutput) =>
        failed && keyProblem(failed);
      await this.requests.send("DeleteObjects", batch[0] ?? "", command, problemIn);
    }
  }
}
