import { parseUrl } from "../../parse-url.js";
import { DownloadError } from "./download-error.js";
import { isLocalHost } from "./local-host.js";

const MAX_REDIRECTS = 5;

/** A response that may be a redirect. */
interface Hop {
  readonly status: number;
  /** The `location` header. */
  readonly location: string | undefined;
  /** Ends the response, because another URL is requested instead. */
  discard(): void;
}

/** Where a redirect leads, if it may be followed: never from https to http, and never from outside to this machine. */
function redirectTarget(url: URL, location: string): URL | undefined {
  const next = parseUrl(location, url);
  const schemes = url.protocol === "https:" ? ["https:"] : ["http:", "https:"];
  if (!next || !schemes.includes(next.protocol)) return undefined;
  return isLocalHost(next) && !isLocalHost(url) ? undefined : next;
}

/** Sends a request, and follows the redirects in its responses. Returns the last response. */
export async function followRedirects<T extends Hop>(
  firstUrl: string,
  send: (url: URL) => Promise<T>,
): Promise<T> {
  let url = new URL(firstUrl);
  for (let redirects = 0; ; redirects++) {
    const response = await send(url);
    const { status, location } = response;
    if (status < 300 || status > 399 || location === undefined) return response;
    response.discard();
    const next = redirectTarget(url, location);
    if (next === undefined || redirects === MAX_REDIRECTS) {
      throw new DownloadError("sent a redirect that cannot be followed");
    }
    url = next;
  }
}
