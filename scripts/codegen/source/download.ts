import { oneLine, SpecError } from "../document/spec.js";
import { sizeText } from "./size-text.js";

/** The largest download that is accepted. */
export interface DownloadLimits {
  /** Bytes of the body. */
  readonly bytes: number;
  /** Milliseconds for the whole download. */
  readonly time: number;
}

const ADVICE = "try again, or download it with a browser and name the file";

/**
 * Fetches a URL and follows redirects, without cookies or other credentials.
 * @throws SpecError when it fails, or takes more bytes or time than allowed.
 */
export async function download(url: URL, limits: DownloadLimits): Promise<Buffer> {
  const name = shown(url);
  if (url.username || url.password) throw new SpecError(`${name}: leave user and password out of the URL`);
  const signal = AbortSignal.timeout(limits.time);
  try {
    const response = await fetch(url, { credentials: "omit", redirect: "follow", signal });
    if (url.protocol === "https:" && !response.url.startsWith("https:")) {
      throw new SpecError(`${name} redirects to ${shown(new URL(response.url))}, which is not https`);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new SpecError(`${name} answered with HTTP status ${response.status}; ${ADVICE}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limits.bytes) throw new SpecError(`${name} is larger than ${sizeText(limits.bytes)}`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof SpecError) throw error;
    if (signal.aborted) throw new SpecError(`${name} took longer than ${limits.time / 1000} s; ${ADVICE}`);
    const cause = error instanceof Error && error.cause !== undefined ? `: ${oneLine(error.cause)}` : "";
    throw new SpecError(`${name} cannot be downloaded: ${oneLine(error)}${cause}; ${ADVICE}`);
  }
}

/** A URL without its query, which may be secret. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
