import { IngestError } from "../errors.js";

/** The requests that are sent, with the permission that each needs. */
const S3_ACTIONS = {
  PutObject: "s3:PutObject",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  CopyObject: "s3:GetObject and s3:PutObject",
  DeleteObjects: "s3:DeleteObject",
  ListObjectsV2: "s3:ListBucket",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  ListParts: "s3:ListMultipartUploadParts",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
} as const;

/** A request that is sent. */
export type S3RequestName = keyof typeof S3_ACTIONS;

/** What of an SDK's error is needed. Its message is never used: those of other libraries may contain a key or a URL. */
export interface S3Problem {
  /** The code of S3 (`NoSuchBucket`), or the name or the code of an error without an answer (`ECONNREFUSED`). */
  readonly code: string;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The store's id of the request. Its support asks for it. */
  readonly requestId: string | undefined;
  /** Which of several keys of the request it is about. */
  readonly key?: string | undefined;
}

/** A short text of another library that cannot be a secret. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.:-]{1,80}$/.test(value) ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

const NO_REGION = "no region";

/** Reads an error that the SDK threw. */
export function readProblem(error: unknown): S3Problem {
  const metadata = field(error, "$metadata");
  const status = field(metadata, "httpStatusCode");
  // The SDK's error has no code, only this message.
  if (field(error, "message") === "Region is missing") {
    return { code: NO_REGION, status: undefined, requestId: undefined };
  }
  const code = word(field(error, "code")) ?? word(field(error, "name")) ?? "unknown error";
  return {
    code: status === undefined ? code : (word(field(error, "name")) ?? code),
    status: typeof status === "number" ? status : undefined,
    requestId: word(field(metadata, "requestId")),
  };
}

// A request about several keys has one status. Each key that failed has a code alone.
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  InternalError: 500,
  SlowDown: 503,
};

/** The problem with one key of several. */
export function keyProblem({
  Code,
  Key,
}: {
  readonly Code?: string | undefined;
  readonly Key?: string | undefined;
}): S3Problem {
  const code = word(Code) ?? "unknown error";
  return { code, status: STATUS_OF_CODE[code] ?? 400, requestId: undefined, key: Key };
}

const THROTTLED = [
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "RequestLimitExceeded",
];

/** Codes of failures that pass, whatever the status. `OperationAborted` is a conflict with a request at the same time. */
const PASSING = [...THROTTLED, "RequestTimeout", "OperationAborted", "ConditionalRequestConflict"];

const CREDENTIALS = [
  "CredentialsProviderError",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
];
const EXPIRED = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];
const REGION = ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];
const FULL = ["QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"];

function isThrottled({ code, status }: S3Problem): boolean {
  return THROTTLED.includes(code) || status === 429;
}

/** There is no such object or upload. A damaged 404 has no code, and CompleteMultipartUpload may begin with a 200. */
export function isGone({ code, status }: S3Problem): boolean {
  return code === "NoSuchUpload" || (status === 404 && code !== "NoSuchBucket");
}

/** The status is fine, but the body is cut off or of another kind. */
function isUnreadable({ status = 0 }: S3Problem): boolean {
  return status >= 200 && status < 300;
}

/** Whether the same request may succeed a little later. */
export function mayPass(problem: S3Problem): boolean {
  const { code, status } = problem;
  if (CREDENTIALS.includes(code) || code === NO_REGION) return false;
  if (status === undefined || status === 429 || isUnreadable(problem)) return true;
  return (status >= 500 && status !== 501) || PASSING.includes(code);
}

/** The cause and the next step, for each problem that people can do something about. */
function explain(request: S3RequestName, problem: S3Problem): string {
  const { code, status } = problem;
  if (code === "NoSuchBucket")
    return "the bucket does not exist. Check its name, the region and the endpoint";
  if (code === NO_REGION) return "the client has no region. Set it, or AWS_REGION";
  if (REGION.includes(code) || status === 301)
    return "the bucket is in another region. Set the client's region to the bucket's";
  if (code === "RequestTimeTooSkewed")
    return "this machine's clock differs too much from the store's. Set the clock";
  if (status !== undefined && status >= 300 && status < 400)
    return "the store redirects to another address. Check the client's endpoint and region";
  if (EXPIRED.includes(code)) return "the credentials have expired. Renew them";
  if (CREDENTIALS.includes(code))
    return "the store does not accept the credentials, or there are none. Check the access key and its secret";
  if (isThrottled(problem))
    return "the store asks for fewer requests. Run again later, or with less concurrency";
  if (FULL.includes(code) || status === 507) return "the store is full, or a quota is used up. Make room";
  const condition = request === "PutObject" ? " under a condition" : "";
  if (status === 501) return `the store does not support ${request}${condition}. Use a store that does`;
  if (status === 403)
    return `permission denied for ${request}. Allow ${S3_ACTIONS[request]} in the policy of these credentials`;
  if (status === undefined)
    return "the endpoint cannot be reached. Check the client's endpoint and region, and the network";
  if (isUnreadable(problem))
    return `the answer to ${request} cannot be read. Check that the endpoint is a store, and the network`;
  if (status >= 500) return `the store failed to answer ${request}. Run again later`;
  return `the store refused ${request}. Check that it supports this request`;
}

/**
 * The problem as an error whose message is one line: where, what and what to do.
 *
 * @param place what the request was about, as an `s3://` URL
 */
export function storeError(request: S3RequestName, problem: S3Problem, place: string): IngestError {
  const { code, status, requestId } = problem;
  const facts = [code, status && `HTTP ${status}`, requestId && `request ${requestId}`].filter(Boolean);
  const message = `${place}: ${explain(request, problem)} (${facts.join(", ")}). Run again afterwards: what an ingest has uploaded stays.`;
  return new IngestError("store", message);
}
