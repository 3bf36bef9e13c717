import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { S3Refusal } from "./bucket.js";
import type { S3Operation, S3Request } from "./operations.js";

/** What an access key may be. Anything else is refused. */
export const ACCESS_KEY = "fake-access-key";

function operationOf(method: string, key: string, query: URLSearchParams, copies: boolean): S3Operation {
  const isPart = query.has("uploadId");
  switch (method) {
    case "PUT":
      if (isPart) return "UploadPart";
      return copies ? "CopyObject" : "PutObject";
    case "GET":
      if (key === "") return query.has("uploads") ? "ListMultipartUploads" : "ListObjectsV2";
      return isPart ? "ListParts" : "GetObject";
    case "HEAD":
      return "HeadObject";
    case "DELETE":
      return isPart ? "AbortMultipartUpload" : "DeleteObject";
    default:
      if (query.has("delete")) return "DeleteObjects";
      return isPart ? "CompleteMultipartUpload" : "CreateMultipartUpload";
  }
}

/** Reads a request, path-style, with its whole body. */
export async function readRequest(message: IncomingMessage): Promise<S3Request> {
  const { pathname, searchParams: query } = new URL(message.url ?? "", "http://localhost");
  const [, bucketName = "", path = ""] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
  const key = decodeURIComponent(path);
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const operation = operationOf(message.method ?? "", key, query, "x-amz-copy-source" in headers);
  return { operation, bucketName, key, query, headers, body: Buffer.concat(chunks) };
}

/** Refuses what S3 refuses before it looks at the bucket: unknown access keys and bodies that are damaged. */
export function checkRequest({ headers, body }: S3Request): void {
  const [, accessKey] = /Credential=([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  if (accessKey !== ACCESS_KEY) throw new S3Refusal(403, "InvalidAccessKeyId");
  if (headers["content-encoding"] === "aws-chunked") throw new S3Refusal(501, "NotImplemented");
  const sha256 = headers["x-amz-content-sha256"] ?? "";
  if (/^[0-9a-f]{64}$/.test(sha256) && createHash("sha256").update(body).digest("hex") !== sha256)
    throw new S3Refusal(400, "XAmzContentSHA256Mismatch");
  const md5 = headers["content-md5"];
  if (md5 !== undefined && createHash("md5").update(body).digest("base64") !== md5)
    throw new S3Refusal(400, "BadDigest");
}
