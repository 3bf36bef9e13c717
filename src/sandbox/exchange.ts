import type { Content } from "./content.js";

/** What the sandbox reads of a request. A web `Request` is one; the HTTP server passes a lighter object. */
export interface SandboxRequest {
  readonly method: string;
  /** The whole URL. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  /** The origin of signed URLs in the answer, for a request that came through the sandbox's own server. */
  readonly cdnOrigin?: string | undefined;
  /** @throws Rejection (413) where the HTTP server finds the body too long. */
  text(): Promise<string>;
}

/** How the connection fails while a reply is sent. `at` is a number of body bytes. */
export interface ConnectionFault {
  readonly reset?: "refused" | "before-headers" | "mid-body" | undefined;
  readonly stall?: "headers" | "body" | undefined;
  readonly at?: number | undefined;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. A `content-length` other than the body's is sent as it is, for a fault. */
  readonly headers: Record<string, string>;
  readonly body: string | Content;
  readonly connection?: ConnectionFault | undefined;
}

/** The sandbox as one function. `fetch`, the msw handlers and the HTTP server pass their requests to it. */
export type Respond = (request: SandboxRequest) => Promise<Reply>;
