import { endpoints } from "../../generated/endpoints.js";
import type { operations } from "../../generated/paths.js";
import { kindOf, optionError, show } from "../checks.js";
import { type Api, readRequest, withBody } from "../http/api.js";
import { type Expected, readDocument, requestIdOf, statusError } from "../http/call-errors.js";
import type { CallResult, Transport } from "../http/transport.js";
import { type OperationId, pathSerializer, querySerializer } from "../http/url.js";
import type { CallOptions } from "../options.js";
import { type ListOf, type Page, paginate } from "../pagination.js";
import type { ApiCall, WithResponse } from "../with-response.js";

/** An operation's query parameters. */
export type QueryOf<Id extends OperationId> = NonNullable<operations[Id]["parameters"]["query"]>;

/** The document that an operation answers with; `undefined` for one that answers with 204. */
export type DocumentOf<Id extends OperationId> = operations[Id]["responses"] extends
  | { 200: { content: { "application/json": infer Document } } }
  | { 201: { content: { "application/json": infer Document } } }
  ? Document
  : undefined;

/** What an operation is called with: the path's id, the query and the body, each only where it has them. */
export type RequestOf<Id extends OperationId> = {
  readonly query?: QueryOf<Id> | undefined;
  /** Whether it may be sent twice, although it is not a GET. */
  readonly repeatable?: boolean | undefined;
} & (operations[Id]["parameters"] extends { path: { id: string } }
  ? { readonly id: string }
  : { readonly id?: undefined }) &
  (operations[Id] extends { requestBody: { content: { "application/json": infer Body } } }
    ? { readonly body: Body }
    : { readonly body?: undefined });

/** The operations that answer with a list, page by page. */
export type ListOperation = {
  [Id in OperationId]: (typeof endpoints)[Id] extends { pageLimit: number } ? Id : never;
}[OperationId];

/** {@link RequestOf} for any operation. */
interface AnyRequest {
  readonly id?: string | undefined;
  /** A text for a page that a link leads to. */
  readonly query?: object | string | undefined;
  readonly body?: unknown;
  readonly repeatable?: boolean | undefined;
}

/** `request` of openapi-fetch without the types of one operation: these are checked where an operation is called. */
type AnyOperation = (
  method: string,
  path: string,
  init: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Rejects what fetch would reject, and names the header: fetch's own error quotes the value, which may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  // The types exclude these, but Object.entries would find no header in a Headers object.
  if (typeof headers !== "object" || Symbol.iterator in headers) {
    throw optionError("headers", "an object with a property for each header", kindOf(headers));
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) {
      throw new TypeError(`headers: ${show(name)} is not a header's name`);
    }
    if (!HEADER_VALUE.test(value)) {
      throw new TypeError(`headers: the value of ${name} has characters that a header cannot hold`);
    }
  }
  return headers;
}

/** Calls Apple's operations by their id, through openapi-fetch. A call gives its document or throws. */
export class Operations {
  readonly #request: AnyOperation;
  readonly #transport: Pick<Transport, "send">;

  constructor(api: Api, transport: Pick<Transport, "send">) {
    // The cast: openapi-fetch infers its types from the path, which is not known before a call.
    this.#request = api.request as AnyOperation;
    this.#transport = transport;
  }

  /** Any operation but a list of several pages. A request that has to be checked first is given as a function. */
  call<Id extends OperationId>(
    operation: Id,
    request: RequestOf<Id> | (() => RequestOf<Id>),
    options?: CallOptions,
  ): ApiCall<DocumentOf<Id>> {
    const sent = this.#send<DocumentOf<Id>>(operation, request, options, "resource");
    const document = sent.then((answer) => answer.document);
    const withResponse = () => {
      // The caller may wait for this promise alone: the document's rejection then has no other handler.
      document.catch(() => {});
      return sent;
    };
    return Object.assign(document, { withResponse });
  }

  /** A list, in the largest pages unless the query says otherwise. */
  list<Id extends ListOperation>(
    operation: Id,
    request: RequestOf<Id> & { readonly query?: { readonly limit?: number } | undefined },
    options?: CallOptions,
  ): ListOf<Extract<DocumentOf<Id>, Page<unknown>>> {
    const { path, pageLimit } = endpoints[operation];
    const { id, query } = request;
    const start = () => ({
      path: pathSerializer(path, { id }),
      query: querySerializer({ ...query, limit: query?.limit ?? pageLimit }),
    });
    return paginate(start, (search) => this.#send(operation, { id, query: search }, options, "list"));
  }

  async #send<Document>(
    operation: OperationId,
    request: AnyRequest | (() => AnyRequest),
    { headers, signal, timeout, maxRetries }: CallOptions = {},
    expected: Expected,
  ): Promise<WithResponse<Document>> {
    const { id, query, body, repeatable } = typeof request === "function" ? request() : request;
    const { method, path } = endpoints[operation];
    let result: CallResult | undefined;
    const { data, error, response } = await this.#request(method, path, {
      params: { path: { id }, query },
      body,
      headers: headers && checkHeaders(headers),
      signal,
      parseAs: "text",
      fetch: async (sent: Request) => {
        result = await this.#transport.send({
          ...readRequest(sent),
          operation,
          timeout,
          maxRetries,
          repeatable,
        });
        return withBody(result.response, result.text);
      },
    });
    // Middleware may have answered in place of the API.
    const call = result?.call ?? { operation, method: method.toUpperCase(), path, attempts: 0 };
    if (!response.ok) throw statusError(call, response, bodyText(error), result?.advice ?? {});
    const { status, headers: responseHeaders } = response;
    return {
      // The one cast to a type of the specification: what the document contains is not checked.
      document: (method === "delete"
        ? undefined
        : readDocument(call, response, bodyText(data), expected)) as Document,
      response: { status, headers: responseHeaders, requestId: requestIdOf(response) },
    };
  }
}

/** A body as openapi-fetch gives it: text, or what it parsed from an error's text. */
function bodyText(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}
