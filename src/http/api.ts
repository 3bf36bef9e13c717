import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { paths } from "../../generated/paths.js";
import { readDocument } from "./call-errors.js";
import type { Transport } from "./transport.js";
import { pathSerializer, querySerializer } from "./url.js";

/** The openapi-fetch client for Apple's typed paths, with this client's tokens and retries. */
export type Api = FetchClient<paths>;

/** What openapi-fetch and its middleware get in place of a web `Request`, which takes a tenth of a call's time to make. */
class LightRequest {
  // Declared only, because the constructor sets them all: fields would be set twice.
  declare readonly url: string;
  declare readonly method: string;
  declare readonly headers: Headers;
  declare readonly body: string | undefined;
  declare readonly signal: AbortSignal | null | undefined;

  constructor(url: string, init: Omit<LightRequest, "url">) {
    Object.assign(this, init, { url });
  }
}

/** The parts of a request that openapi-fetch made. */
export function readRequest(request: Request) {
  // The cast: its types say that openapi-fetch passes a web Request, but it passes the LightRequest.
  const { url, method, headers, body, signal } = request as unknown as LightRequest;
  return { url, method, headers: Object.fromEntries(headers), body, signal };
}

/** openapi-fetch, sending through the transport. */
export function createApi(baseUrl: string, transport: Pick<Transport, "send">): Api {
  return createFetchClient<paths>({
    baseUrl,
    pathSerializer,
    querySerializer,
    // The cast: openapi-fetch uses only what LightRequest has.
    Request: LightRequest as unknown as typeof Request,
    fetch: async (request) => {
      const { response, text, call } = await transport.send(readRequest(request));
      if (response.ok && response.status !== 204) readDocument(call, response, text, undefined);
      return withBody(response, text);
    },
  });
}

/** A response whose body was read, and can be read again. */
interface ReadResponse extends Response {
  readText: string;
  /** For those who read `body` as a stream. */
  copy?: Response;
}

function copyOf({ readText, status, statusText, headers, url }: ReadResponse): Response {
  // A response with the status 204 must not have a body, not even an empty one.
  const copy = new Response(readText || null, { status, statusText, headers });
  return Object.defineProperty(copy, "url", { value: url });
}

const READ_MEMBERS = Object.getOwnPropertyDescriptors({
  async text() {
    return this.readText;
  },
  async json(): Promise<unknown> {
    return JSON.parse(this.readText);
  },
  async arrayBuffer() {
    return copyOf(this).arrayBuffer();
  },
  async blob() {
    return copyOf(this).blob();
  },
  async bytes() {
    return new Uint8Array(await copyOf(this).arrayBuffer());
  },
  async formData() {
    return copyOf(this).formData();
  },
  clone() {
    return copyOf(this);
  },
  get body() {
    this.copy ??= copyOf(this);
    return this.copy.body;
  },
  get bodyUsed() {
    return this.copy?.bodyUsed ?? false;
  },
} satisfies ThisType<ReadResponse>);

/**
 * The response with its body, which was read already, readable again in every form. It stays the same object, as a copy
 * for every call would take a tenth of the call's time.
 */
export function withBody(response: Response, text: string): Response {
  return Object.assign(Object.defineProperties(response, READ_MEMBERS), { readText: text });
}
