import { endpoints } from "../../generated/endpoints.js";
import type { operations } from "../../generated/paths.js";
import { type Api, readRequest, withBody } from "../http/api.js";
import { type Expected, readDocument, statusError } from "../http/call-errors.js";
import type { Ending, Transport } from "../http/transport.js";
import { type OperationId, pathSerializer, querySerializer } from "../http/url.js";
import type { CallOptions } from "../options.js";
import { type ListOf, type Page, paginate } from "../pagination.js";

/** An operation's query parameters. */
export type QueryOf<Id extends OperationId> = NonNullable<operations[Id]["parameters"]["query"]>;

/** The document that an operation answers with; `undefined` for one that answers with 204. */
export type DocumentOf<Id extends OperationId> =
  operations[Id]["responses"][keyof operations[Id]["responses"] & (200 | 201)] extends {
    content: { "application/json": infer Document };
  }
    ? Document
    : undefined;

/** What an operation is called with: the path's id, the query and the body, each only where it has them. */
export type RequestOf<Id extends OperationId> = {
  readonly query?: QueryOf<Id> | undefined;
  /** Sending this twice does no harm, although it is not a GET. */
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
  readonly query?: object | undefined;
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

/** Names the header where fetch would quote its value, which may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) {
      throw new TypeError(`headers: ${JSON.stringify(name)} is not a header's name`);
    }
    if (!HEADER_VALUE.test(value)) {
      throw new TypeError(
        `headers: the value of ${name} has line ends or other characters that a header cannot hold`,
      );
    }
    // The types exclude an undefined value, but it would be sent as the word.
    if (value !== undefined) checked[name] = value;
  }
  return checked;
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

  /** Any operation but a list of several pages. */
  async call<Id extends OperationId>(
    operation: Id,
    request: RequestOf<Id>,
    options?: CallOptions,
  ): Promise<DocumentOf<Id>> {
    const document = await this.#send(operation, request, options, "resource");
    // The one place that trusts the specification for what a document holds.
    return document as DocumentOf<Id>;
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
    return paginate(start, async (search) => {
      const page = await this.#send(operation, { id, search }, options, "list");
      return page as Extract<DocumentOf<Id>, Page<unknown>>;
    });
  }

  /** Sends a request; `search` is a query as it goes into the URL, in place of `query`. */
  async #send(
    operation: OperationId,
    { id, query, search, body, repeatable }: AnyRequest & { readonly search?: string },
    { headers, signal, timeout, maxRetries }: CallOptions = {},
    expected: Expected,
  ): Promise<unknown> {
    const { method, path } = endpoints[operation];
    const sent: { ending?: Ending } = {};
    const { data, error, response } = await this.#request(method, path, {
      params: { path: { id }, query },
      ...(search !== undefined && { querySerializer: () => search }),
      ...(body !== undefined && { body }),
      ...(headers && { headers: checkHeaders(headers) }),
      signal,
      parseAs: "text",
      fetch: async (request: Request) => {
        const options = { operation, timeout, maxRetries, repeatable };
        const ending = await this.#transport.send({ ...readRequest(request), ...options });
        sent.ending = ending;
        return withBody(ending.response, ending.text);
      },
    });
    // Middleware may have answered in place of the API.
    const { call, advice } = sent.ending ?? {
      call: { operation, method: method.toUpperCase(), path, attempts: 0 },
      advice: {},
    };
    if (!response.ok) throw statusError(call, response, bodyText(error), advice);
    if (method === "delete") return undefined;
    return readDocument(call, response, bodyText(data), expected);
  }
}

/** A body as openapi-fetch gives it: text, or what it parsed from an error's text. */
function bodyText(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}
