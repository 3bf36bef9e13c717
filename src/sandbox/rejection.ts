import type { components } from "../../generated/paths.js";
import type { Reply } from "./exchange.js";

type ErrorObject = NonNullable<components["schemas"]["ErrorResponse"]["errors"]>[number];
type ErrorSource = NonNullable<ErrorObject["source"]>;

interface RejectionDetails {
  /** The place in the request's body, or the parameter. */
  readonly source?: ErrorSource | undefined;
  /** Further headers of the reply, names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is answered with one of Apple's error codes. Thrown inside the sandbox, never out of it. */
export class Rejection extends Error {
  readonly status: number;
  readonly code: string;
  readonly source: ErrorSource | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, { source, headers = {} }: RejectionDetails = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.source = source;
    this.headers = headers;
  }
}

/** The code Apple gives with a status when nothing more is known. */
export const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: "PARAMETER_ERROR.INVALID",
  401: "NOT_AUTHORIZED",
  403: "FORBIDDEN_ERROR",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "ENTITY_ERROR",
  413: "REQUEST_ENTITY_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "ENTITY_UNPROCESSABLE",
  429: "RATE_LIMIT_EXCEEDED",
};

const TITLES: Readonly<Record<string, string>> = {
  "PARAMETER_ERROR.ILLEGAL": "The request has a parameter that is not accepted",
  "PARAMETER_ERROR.INVALID": "A parameter has a value that is not accepted",
  "PARAMETER_ERROR.REQUIRED": "A parameter is missing",
  ENTITY_INVALID: "The request's body cannot be read",
  ENTITY_UNPROCESSABLE: "The request's body is not the document of this operation",
  ENTITY_ERROR: "The resource cannot be written like this",
  STATE_ERROR: "The resource's state does not allow this",
  NOT_AUTHORIZED: "The request has no valid token",
  FORBIDDEN_ERROR: "The key or token does not allow this operation",
  "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED": "An agreement must be accepted first",
  NOT_FOUND: "The resource does not exist",
  PATH_ERROR: "The path does not exist",
  METHOD_NOT_ALLOWED: "The path does not support this method",
  REQUEST_ENTITY_TOO_LARGE: "The request's body is too long",
  UNSUPPORTED_MEDIA_TYPE: "The media type of the request's body is not JSON",
  RATE_LIMIT_EXCEEDED: "Too many requests",
  UNEXPECTED_ERROR: "The server failed",
};

/** The title of the code, or of the nearest one above it. */
function titleOf(code: string): string {
  const parts = code.split(".");
  for (; parts.length > 0; parts.pop()) {
    const title = TITLES[parts.join(".")];
    if (title !== undefined) return title;
  }
  return "The request failed";
}

export function rejectionReply({ status, code, message, source, headers }: Rejection, id: string): Reply {
  // Apple's gateway rejects an Accept header in plain text, before anything that would write JSON.
  if (status === 406) return { status, headers: { "content-type": "text/plain" }, body: message };
  const object: ErrorObject = {
    id,
    status: String(status),
    code,
    title: titleOf(code),
    detail: message,
    ...(source && { source }),
  };
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ errors: [object] }),
  };
}
