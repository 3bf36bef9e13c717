import type { components } from "../../generated/paths.js";
import type { Reply } from "./reply.js";

type ErrorObject = NonNullable<components["schemas"]["ErrorResponse"]["errors"]>[number];
type Source = NonNullable<ErrorObject["source"]>;

/** An answer with one of Apple's error codes. Thrown inside the sandbox, never out of it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly source: Source | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    { source, headers = {} }: { source?: Source; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.source = source;
    this.headers = headers;
  }
}

/** The code Apple gives with a status when nothing more is known. */
export const codeOfStatus: Readonly<Record<number, string>> = {
  400: "PARAMETER_ERROR.INVALID",
  401: "NOT_AUTHORIZED",
  403: "FORBIDDEN_ERROR",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  409: "ENTITY_ERROR",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "ENTITY_UNPROCESSABLE",
  429: "RATE_LIMIT_EXCEEDED",
};

const titles: Readonly<Record<string, string>> = {
  "PARAMETER_ERROR.ILLEGAL": "This request does not take a parameter it was given",
  "PARAMETER_ERROR.INVALID": "A parameter's value cannot be used",
  "PARAMETER_ERROR.REQUIRED": "A parameter is missing",
  ENTITY_INVALID: "The request's body cannot be read",
  ENTITY_UNPROCESSABLE: "The request's body is not the document this operation takes",
  ENTITY_ERROR: "The resource cannot be written like this",
  STATE_ERROR: "The resource's state does not allow this",
  NOT_AUTHORIZED: "The request carries no token that is valid here",
  FORBIDDEN_ERROR: "The key or token does not allow this operation",
  "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED": "An agreement must be accepted first",
  NOT_FOUND: "There is no such resource",
  PATH_ERROR: "There is no such path",
  METHOD_NOT_ALLOWED: "The path does not take this method",
  UNSUPPORTED_MEDIA_TYPE: "The request's body has another media type than JSON",
  RATE_LIMIT_EXCEEDED: "Too many requests",
  UNEXPECTED_ERROR: "The server failed",
};

/** The title of the code or of the nearest one above it. */
function titleOf(code: string): string {
  const parts = code.split(".");
  for (; parts.length > 0; parts.pop()) {
    const title = titles[parts.join(".")];
    if (title !== undefined) return title;
  }
  return "The request failed";
}

export function errorReply(error: ApiError, id: string): Reply {
  // Apple's gateway refuses an Accept header in plain text, before anything that would write JSON.
  if (error.status === 406)
    return { status: 406, headers: { "content-type": "text/plain" }, body: error.message };
  const object: ErrorObject = {
    id,
    status: String(error.status),
    code: error.code,
    title: titleOf(error.code),
    detail: error.message,
    ...(error.source && { source: error.source }),
  };
  return {
    status: error.status,
    headers: { "content-type": "application/json", ...error.headers },
    body: JSON.stringify({ errors: [object] }),
  };
}
