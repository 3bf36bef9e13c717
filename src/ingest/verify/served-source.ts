import type { PackageAsset } from "../package/parse-manifest.js";
import type { FileProblem, PackageSource, SmallFile } from "./package-source.js";
import { type ServedClient, ServedProblem } from "./served-client.js";
import { fileUrl } from "./served-url.js";

const HTML_CAUSES = "a challenge page of bot protection, a login page, or an error page with a wrong status";
const REFUSAL_CAUSES =
  "bot protection, hotlink protection, or missing permissions. Devices send no cookies and no referrer";

function wrong(reason: string): FileProblem {
  return { state: "wrong", reason };
}

/** What is wrong with an answer that does not bring the file. */
function statusProblem({ status, headers }: Response): FileProblem | undefined {
  if (status === 200 || status === 206) return undefined;
  if (status === 404 || status === 410) return { state: "missing" };
  if (headers.get("cf-mitigated") === "challenge") {
    return wrong(
      `is answered with HTTP ${status} and a challenge of bot protection, which devices cannot pass`,
    );
  }
  if (status === 401 || status === 403) {
    return wrong(`is refused with HTTP ${status}. The usual causes are ${REFUSAL_CAUSES}`);
  }
  if (status === 429) return wrong("is refused with HTTP 429: the server limits the number of requests");
  return wrong(`is answered with HTTP ${status}`);
}

/** What is wrong with an asset's headers apart from the status and length. */
function encodingProblem({ headers }: Response): FileProblem | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding === null || encoding === "identity") return undefined;
  return wrong(
    `is served with Content-Encoding ${encoding.slice(0, 40)}: switch compression off for this folder`,
  );
}

/** The length of the whole file, if the headers say it. */
function lengthOf({ status, headers }: Response): number | undefined {
  const [, total] =
    status === 206
      ? (/^bytes \d+-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [])
      : (/^(\d+)$/.exec(headers.get("content-length") ?? "") ?? []);
  return total === undefined ? undefined : Number(total);
}

function lengthProblem(
  found: number,
  { bytes }: PackageAsset,
  { headers }: Response,
): FileProblem | undefined {
  if (found === bytes) return undefined;
  const isHtml = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  if (isHtml) return wrong(`is an HTML page, not the file: ${HTML_CAUSES}`);
  return wrong(`has ${found} bytes, the manifest says ${bytes}`);
}

/** Whether a small file is a page for people. The header is not asked: servers guess it from the file's name. */
function isHtml(bytes: Buffer): boolean {
  return /^(\ufeff)?\s*<(!doctype|html|head|\?xml|!--)/i.test(bytes.subarray(0, 200).toString("utf8"));
}

/** What is wrong with a file, from what was thrown while it was fetched. */
function problemOf(error: unknown): FileProblem {
  if (error instanceof ServedProblem) return wrong(error.message);
  throw error;
}

/** A package where it is served. It cannot be listed, so nothing in it counts as added. */
export class ServedSource implements PackageSource {
  readonly concurrency = 8;
  readonly #client: ServedClient;
  readonly #base: URL;
  readonly #signal: AbortSignal;

  constructor(client: ServedClient, base: URL, signal: AbortSignal) {
    this.#client = client;
    this.#base = base;
    this.#signal = signal;
  }

  async listPaths(): Promise<undefined> {
    return undefined;
  }

  async readSmall(path: string, maxBytes: number): Promise<SmallFile> {
    const read = async (response: Response, body: () => AsyncIterable<Uint8Array>): Promise<SmallFile> => {
      const problem = statusProblem(response);
      if (problem) return problem;
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const part of body()) {
        length += part.length;
        if (length > maxBytes) return { state: "wrong", reason: "is too large", hasWrongSize: true };
        parts.push(part);
      }
      const bytes = Buffer.concat(parts);
      return isHtml(bytes) ? wrong(`is an HTML page: ${HTML_CAUSES}`) : { state: "present", bytes };
    };
    const url = fileUrl(this.#base, path);
    return this.#client.send(url, { method: "GET" }, read, this.#signal).catch(problemOf);
  }

  async readAsset(
    asset: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    const url = fileUrl(this.#base, asset.path);
    try {
      return update
        ? await this.#readBody(url, asset, update, signal)
        : await this.#readHeaders(url, asset, signal);
    } catch (error) {
      return problemOf(error);
    }
  }

  /**
   * Asks for the headers only. Not every server answers HEAD, and some answer it wrongly, so only a good answer counts;
   * after any other one, the first byte is asked for.
   */
  async #readHeaders(url: URL, asset: PackageAsset, signal: AbortSignal): Promise<FileProblem | undefined> {
    const readHead = async (response: Response): Promise<FileProblem | "unknown" | undefined> => {
      if (response.status !== 200) return "unknown";
      return encodingProblem(response) ?? (lengthOf(response) === asset.bytes ? undefined : "unknown");
    };
    const head = await this.#client
      .send(url, { method: "HEAD" }, readHead, signal)
      .catch((error: unknown) => (error instanceof ServedProblem ? "unknown" : Promise.reject(error)));
    if (head !== "unknown") return head;
    const request = { method: "GET", range: "bytes=0-0" } as const;
    const read = async (response: Response): Promise<FileProblem | "unknown" | undefined> => {
      const problem = statusProblem(response) ?? encodingProblem(response);
      if (problem) return problem;
      const length = lengthOf(response);
      return length === undefined ? "unknown" : lengthProblem(length, asset, response);
    };
    const result = await this.#client.send(url, request, read, signal);
    // Without a length in the headers, all bytes have to be counted.
    return result === "unknown" ? this.#readBody(url, asset, () => undefined, signal) : result;
  }

  /** Reads the whole file. Continues where a connection broke. */
  async #readBody(
    url: URL,
    asset: PackageAsset,
    update: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    let position = 0;
    const read = async (response: Response, body: () => AsyncIterable<Uint8Array>) => {
      const problem = statusProblem(response) ?? encodingProblem(response);
      if (problem) return problem;
      const length = lengthOf(response);
      const wrongLength = length === undefined ? undefined : lengthProblem(length, asset, response);
      if (wrongLength) return wrongLength;
      let at = 0;
      for await (const part of body()) {
        const from = Math.max(0, position - at);
        at += part.length;
        if (at > asset.bytes) return wrong(`has more than the ${asset.bytes} bytes that the manifest says`);
        update(part.subarray(Math.min(from, part.length)));
        position = Math.max(position, at);
      }
      return position < asset.bytes ? lengthProblem(position, asset, response) : undefined;
    };
    return this.#client.send(url, { method: "GET" }, read, signal);
  }
}
