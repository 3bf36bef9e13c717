import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { paths } from "../../generated/paths.js";
import type { ApiRequest, Transport } from "./transport.js";
import { pathSerializer, querySerializer } from "./url.js";

/** The openapi-fetch client for Apple's typed paths, on this client's tokens and retries. */
export type Api = FetchClient<paths>;

/** What openapi-fetch hands on: light, since building a web `Request` takes a good part of a call's time. */
class LightRequest {
  declare readonly headers: Headers;

  constructor(url: string, init: Omit<ApiRequest, "url" | "headers"> & { headers: Headers }) {
    Object.assign(this, init, { url });
  }
}

/** openapi-fetch over the transport. */
export function createApi(baseUrl: string, transport: Pick<Transport, "respond">): Api {
  return createFetchClient<paths>({
    baseUrl,
    pathSerializer,
    querySerializer,
    // The casts: openapi-fetch names the web's Request, but only hands on what LightRequest built.
    Request: LightRequest as unknown as typeof Request,
    fetch: (request) => {
      const light = request as unknown as LightRequest & ApiRequest;
      return transport.respond({ ...light, headers: Object.fromEntries(light.headers) });
    },
  });
}
