import { type FakeBucket, type ObjectHeaders, S3Refusal, type StoredObject } from "./bucket.js";
import { textsOf, type XmlContent, xml } from "./xml.js";

/** The operations that the fake knows, by the names of the permissions' actions where S3 has one for each. */
export type S3Operation =
  | "PutObject"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "DeleteObjects"
  | "CopyObject"
  | "ListObjectsV2"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListParts"
  | "ListMultipartUploads";

/** One request, its body read. */
export interface S3Request {
  readonly operation: S3Operation;
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** What is answered. */
export interface S3Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** What an operation works on. */
interface S3State {
  readonly bucket: FakeBucket;
  readonly now: () => number;
}

type Handler = (request: S3Request, state: S3State) => S3Answer;

const KEPT_HEADERS = /^(content-type|cache-control|x-amz-meta-.*)$/;

function keptHeaders(headers: S3Request["headers"]): ObjectHeaders {
  const entries = Object.entries(headers).filter(([name]) => KEPT_HEADERS.test(name));
  return Object.fromEntries(entries.map(([name, value = ""]) => [name, value]));
}

function document(name: string, content: XmlContent): S3Answer {
  return { headers: { "content-type": "application/xml" }, body: xml(name, content) };
}

/** The first items of a list, and the last of them if there are more. */
function page<T>(items: readonly T[], limit: string | null): { items: readonly T[]; last: T | undefined } {
  const count = Math.min(Number(limit ?? 1000), 1000);
  return { items: items.slice(0, count), last: items.length > count ? items[count - 1] : undefined };
}

function readObject({ headers }: S3Request, object: StoredObject, withBody: boolean): S3Answer {
  const { content, etag } = object;
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  if (range && start >= content.length) throw new S3Refusal(416, "InvalidRange");
  const end = Math.min(range?.[2] ? Number(range[2]) + 1 : content.length, content.length);
  return {
    status: range ? 206 : 200,
    headers: {
      ...object.headers,
      etag,
      "content-length": `${end - start}`,
      ...(range && { "content-range": `bytes ${start}-${end - 1}/${content.length}` }),
    },
    ...(withBody && { body: content.subarray(start, end) }),
  };
}

function listObjects({ query }: S3Request, { bucket }: S3State): S3Answer {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
  const { items, last } = page(bucket.keys(prefix, after), query.get("max-keys"));
  return document("ListBucketResult", {
    Prefix: prefix,
    KeyCount: items.length,
    IsTruncated: last !== undefined,
    NextContinuationToken: last,
    Contents: items.map((key) => {
      const { content, etag } = bucket.get(key);
      return { Key: key, Size: content.length, ETag: etag };
    }),
  });
}

function listUploads({ query }: S3Request, { bucket }: S3State): S3Answer {
  const order = ({ key, id }: { key: string; id: string }) => `${key}\0${id}`;
  const after = `${query.get("key-marker") ?? ""}\0${query.get("upload-id-marker") ?? ""}`;
  const uploads = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(query.get("prefix") ?? "") && order(upload) > after)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const { items, last } = page(uploads, query.get("max-uploads"));
  return document("ListMultipartUploadsResult", {
    IsTruncated: last !== undefined,
    NextKeyMarker: last?.key,
    NextUploadIdMarker: last?.id,
    Upload: items.map(({ key, id, initiated }) => {
      return { Key: key, UploadId: id, Initiated: new Date(initiated).toISOString() };
    }),
  });
}

function listParts({ key, query }: S3Request, { bucket }: S3State): S3Answer {
  const upload = bucket.upload(query.get("uploadId") ?? "", key);
  const after = Number(query.get("part-number-marker") ?? 0);
  const parts = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
  const { items, last } = page(parts, query.get("max-parts"));
  return document("ListPartsResult", {
    IsTruncated: last !== undefined,
    NextPartNumberMarker: last?.[0],
    Part: items.map(([number, { content, etag }]) => {
      return { PartNumber: number, Size: content.length, ETag: etag };
    }),
  });
}

function copyObject({ bucketName, key, headers }: S3Request, { bucket }: S3State): S3Answer {
  const source = decodeURIComponent(headers["x-amz-copy-source"] ?? "").replace(/^\//, "");
  const [sourceBucket] = source.split("/");
  if (sourceBucket !== bucketName) throw new S3Refusal(404, "NoSuchBucket");
  const from = bucket.get(source.slice(bucketName.length + 1));
  const replaces = headers["x-amz-metadata-directive"] === "REPLACE";
  const { etag } = bucket.put(key, from.content, replaces ? keptHeaders(headers) : from.headers);
  return document("CopyObjectResult", { ETag: etag });
}

/** What each operation does. */
export const S3_HANDLERS: Readonly<Record<S3Operation, Handler>> = {
  PutObject: ({ key, headers, body }, { bucket }) => {
    const conditions = { ifMatch: headers["if-match"], ifNoneMatch: headers["if-none-match"] };
    return { headers: { etag: bucket.put(key, body, keptHeaders(headers), conditions).etag } };
  },
  GetObject: (request, { bucket }) => readObject(request, bucket.get(request.key), true),
  HeadObject: (request, { bucket }) => readObject(request, bucket.get(request.key), false),
  DeleteObject: ({ key }, { bucket }) => {
    bucket.delete(key);
    return { status: 204 };
  },
  DeleteObjects: ({ body }, { bucket }) => {
    const keys = textsOf(body.toString(), "Key");
    for (const key of keys) bucket.delete(key);
    return document("DeleteResult", { Deleted: keys.map((key) => ({ Key: key })) });
  },
  CopyObject: copyObject,
  ListObjectsV2: listObjects,
  CreateMultipartUpload: ({ key, headers }, { bucket, now }) => {
    const { id } = bucket.createUpload(key, keptHeaders(headers), now());
    return document("InitiateMultipartUploadResult", { Key: key, UploadId: id });
  },
  UploadPart: ({ key, query, body }, { bucket }) => {
    const upload = bucket.upload(query.get("uploadId") ?? "", key);
    return { headers: { etag: bucket.putPart(upload, Number(query.get("partNumber")), body).etag } };
  },
  CompleteMultipartUpload: ({ key, query, body }, { bucket }) => {
    const upload = bucket.upload(query.get("uploadId") ?? "", key);
    const etags = textsOf(body.toString(), "ETag");
    const numbers = textsOf(body.toString(), "PartNumber");
    const listed = numbers.map((number, index) => ({ number: Number(number), etag: etags[index] ?? "" }));
    return document("CompleteMultipartUploadResult", {
      Key: key,
      ETag: bucket.complete(upload, listed).etag,
    });
  },
  AbortMultipartUpload: ({ key, query }, { bucket }) => {
    bucket.uploads.delete(bucket.upload(query.get("uploadId") ?? "", key).id);
    return { status: 204 };
  },
  ListParts: listParts,
  ListMultipartUploads: listUploads,
};
