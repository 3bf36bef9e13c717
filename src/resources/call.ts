import { endpoints } from "../../generated/endpoints.js";
import type { operations } from "../../generated/paths.js";
import type { Expected } from "../http/call-errors.js";
import type { OperationId } from "../http/operation.js";
import type { ApiRequest, Transport } from "../http/transport.js";
import { pathSerializer, querySerializer } from "../http/url.js";
import type { CallOptions } from "../options.js";
import { type ListOf, type Page, paginate } from "../pagination.js";

/** An operation's query parameters. */
export type QueryOf<Id extends OperationId> = NonNullable<operations[Id]["parameters"]["query"]>;

/** The document that an operation answers with. */
export type DocumentOf<Id extends OperationId> =
  operations[Id]["responses"][keyof operations[Id]["responses"] & (200 | 201)] extends {
    content: { "application/json": infer Document };
  }
    ? Document
    : never;

type BodyOf<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? Body
  : never;

/** The operations whose endpoint looks like this. */
type OperationWith<Endpoint> = {
  [Id in OperationId]: (typeof endpoints)[Id] extends Endpoint ? Id : never;
}[OperationId];

type GetOperation = OperationWith<{ method: "get"; path: `${string}{id}${string}` }>;
type ListOperation = Extract<GetOperation, OperationWith<{ pageLimit: number }>>;
type CreateOperation = OperationWith<{ method: "post" }>;

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Names the header where fetch would quote its value, which may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) throw new TypeError(`headers: ${JSON.stringify(name)} is no header's name`);
    if (!HEADER_VALUE.test(value)) {
      throw new TypeError(
        `headers: the value of ${name} has line ends or other characters that no header can hold`,
      );
    }
    // An undefined value, which types keep out, would be sent as the word.
    if (value !== undefined) checked[name.toLowerCase()] = value;
  }
  return checked;
}

/**
 * Calls Apple's operations by their id. The methods come here rather than through openapi-fetch, which is as typed but
 * builds and takes apart a web request and response for each call: a tenth of its time.
 */
export class Caller {
  readonly #baseUrl: string;
  readonly #transport: Pick<Transport, "document">;

  constructor(baseUrl: string, transport: Pick<Transport, "document">) {
    this.#baseUrl = baseUrl;
    this.#transport = transport;
  }

  /** Reads what is one resource, or the linkage to one. */
  async read<Id extends GetOperation>(
    operation: Id,
    resourceId: string,
    query: QueryOf<Id> | undefined,
    options: CallOptions | undefined,
  ): Promise<DocumentOf<Id>> {
    const path = pathSerializer(endpoints[operation].path, { id: resourceId });
    return this.#call(operation, path, query ? querySerializer(query) : "", "resource", options);
  }

  /** Lists what belongs to a resource, in the largest pages unless the query says otherwise. */
  list<Id extends ListOperation>(
    operation: Id,
    resourceId: string,
    query: (QueryOf<Id> & { limit?: number }) | undefined,
    options: CallOptions | undefined,
  ): ListOf<Extract<DocumentOf<Id>, Page<unknown>>> {
    const { path, pageLimit } = endpoints[operation];
    const first = () => ({
      path: pathSerializer(path, { id: resourceId }),
      query: querySerializer({ ...query, limit: query?.limit ?? pageLimit }),
    });
    return paginate(first, (path, query) => this.#call(operation, path, query, "list", options));
  }

  /** Creates a resource. `repeatable`: the server may get this twice. */
  async create<Id extends CreateOperation>(
    operation: Id,
    body: BodyOf<Id>,
    options: CallOptions | undefined,
    repeatable: boolean,
  ): Promise<DocumentOf<Id>> {
    return this.#call(operation, endpoints[operation].path, "", "resource", options, {
      body: JSON.stringify(body),
      repeatable,
    });
  }

  async #call<Document>(
    operation: OperationId,
    path: string,
    query: string,
    expects: Expected,
    { headers, signal, timeout, maxRetries }: CallOptions = {},
    more?: Pick<ApiRequest, "body" | "repeatable">,
  ): Promise<Document> {
    const url = `${this.#baseUrl}${path}`;
    const document = await this.#transport.document(
      {
        url: query === "" ? url : `${url}?${query}`,
        method: endpoints[operation].method.toUpperCase(),
        headers: { ...(more && { "content-type": "application/json" }), ...checkHeaders(headers) },
        signal,
        timeout,
        maxRetries,
        ...more,
      },
      expects,
    );
    // The one place that takes Apple's word for what is in a document, as its specification has it.
    return document as Document;
  }
}
