import createFetchClient, { createQuerySerializer, type Client as FetchClient } from "openapi-fetch";
import type { operations, paths } from "../generated/paths.js";
import type { Expected } from "./call-errors.js";
import type { CallOptions } from "./options.js";
import type { ApiRequest, RequestDemands, Transport } from "./transport.js";

/** The openapi-fetch client for Apple's typed paths, on this client's tokens and retries. */
export type Api = FetchClient<paths>;

/** An operation's query parameters. */
export type QueryOf<Id extends keyof operations> = NonNullable<operations[Id]["parameters"]["query"]>;

/** @throws TypeError for what is no id, before it can reach another resource. */
export function checkId(name: string, id: unknown): string {
  // encodeURIComponent leaves dots alone, and URL then walks up the path.
  if (typeof id !== "string" || id.trim() === "" || id === "." || id === "..") {
    const found = typeof id === "string" ? JSON.stringify(id) : String(id);
    throw new TypeError(
      `${name}: expected a resource id, a non-empty string other than . and .., got ${found}`,
    );
  }
  return id;
}

function pathSerializer(path: string, ids: Record<string, unknown>): string {
  const start = path.indexOf("{");
  if (start < 0) return path;
  const end = path.indexOf("}", start);
  const name = path.slice(start + 1, end);
  const id = encodeURIComponent(checkId(name, ids[name]));
  return path.slice(0, start) + id + pathSerializer(path.slice(end + 1), ids);
}

const querySerializer = createQuerySerializer({ array: { style: "form", explode: false } });

/** openapi-fetch over the transport. */
export function createApi(baseUrl: string, transport: Pick<Transport, "send">): Api {
  class LightRequest {
    constructor(url: string, init: Omit<ApiRequest, "url">) {
      Object.assign(this, init, { url });
    }
  }
  return createFetchClient<paths>({
    baseUrl,
    pathSerializer,
    querySerializer,
    // The casts: openapi-fetch names the web's Request, but only hands on what LightRequest built, which `send` takes.
    Request: LightRequest as unknown as typeof Request,
    fetch: (request) => transport.send(request as unknown as ApiRequest),
  });
}

/** Call options as openapi-fetch hands them on to the transport. */
export type Demands = RequestDemands & { signal?: AbortSignal; headers?: Record<string, string> };

/** The demands of a call whose document has this in `data`. */
export function demand(
  expects: Expected,
  { signal, headers, timeout, maxRetries }: CallOptions = {},
): Demands {
  return {
    expects,
    timeout,
    maxRetries,
    ...(signal && { signal }),
    ...(headers && { headers: checkHeaders(headers) }),
  };
}

/** openapi-fetch's arguments for one resource. */
export type ResourceInit<Query> = Demands & { params: { path: { id: string }; query?: Query } };

/** The resource with this id. */
export function at<Query>(
  id: string,
  query: Query | undefined,
  options: CallOptions | undefined,
): ResourceInit<Query> {
  return { params: { path: { id }, ...(query && { query }) }, ...demand("resource", options) };
}

/** Names the header where `Headers` would quote its value, which may be a secret. */
function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw new TypeError(
        `headers: the value of ${name} has line ends or other characters that no header can hold`,
      );
  }
  return { ...headers };
}

/** The document of an answer; the transport has thrown already if there is none. */
export async function unwrap<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new TypeError("client.api: a middleware took the document away");
  return data;
}
