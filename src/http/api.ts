import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { paths } from "../../generated/paths.js";
import { readDocument } from "./call-errors.js";
import type { Transport } from "./transport.js";
import { operationAt, pathSerializer, querySerializer } from "./url.js";

/** The openapi-fetch client for Apple's typed paths, with this client's tokens and retries. */
export type Api = FetchClient<paths>;

/** What openapi-fetch and its middleware get in place of a web `Request`, which takes a tenth of a call's time to make. */
class LightRequest {
  declare readonly url: string;
  declare readonly method: string;
  declare readonly headers: Headers;
  declare readonly body: string | undefined;
  declare readonly signal: AbortSignal | null | undefined;

  constructor(url: string, init: object) {
    Object.assign(this, init, { url });
  }
}

/** The parts of a request that openapi-fetch made. */
export function readRequest(request: Request) {
  // openapi-fetch's types name the web's Request, but it passes on what LightRequest made.
  const { url, method, headers, body, signal, ...options } = request as unknown as LightRequest;
  return { ...options, url, method, headers: Object.fromEntries(headers), body, signal };
}

/** openapi-fetch, sending through the transport. */
export function createApi(baseUrl: string, transport: Pick<Transport, "send">): Api {
  return createFetchClient<paths>({
    baseUrl,
    pathSerializer,
    querySerializer,
    // The cast: openapi-fetch uses of a Request what LightRequest has.
    Request: LightRequest as unknown as typeof Request,
    fetch: async (request) => {
      const sent = readRequest(request);
      const path = sent.url.slice(baseUrl.length).split(/[?#]/, 1)[0] ?? "";
      const ending = await transport.send({ ...sent, operation: operationAt(sent.method, path) });
      const { response, text, call } = ending;
      const hasDocument = response.ok && response.status !== 204 && sent.method !== "HEAD";
      if (hasDocument) readDocument(call, response, text, undefined);
      return withBody(response, text);
    },
  });
}

/** The response with its body, which was read already, readable again in every form. */
export function withBody(response: Response, text: string): Response {
  const copy = () => {
    const { status, statusText, headers } = response;
    const body = [204, 205, 304].includes(status) ? null : text;
    return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", {
      value: response.url,
    });
  };
  let whole: Response | undefined;
  const once = () => {
    whole ??= copy();
    return whole;
  };
  // On the response itself, as a copy for every call would take a tenth of the call's time.
  return Object.defineProperties(response, {
    text: { value: async () => text },
    json: { value: async () => JSON.parse(text) },
    arrayBuffer: { value: () => copy().arrayBuffer() },
    blob: { value: () => copy().blob() },
    bytes: { value: async () => new Uint8Array(await copy().arrayBuffer()) },
    formData: { value: () => copy().formData() },
    body: { get: () => once().body },
    bodyUsed: { get: () => whole?.bodyUsed ?? false },
    clone: { value: copy },
  });
}
