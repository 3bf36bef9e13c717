import type { PackageAsset } from "../package/parse-manifest.js";
import { type FileProblem, type PackageSource, type SmallFile, TOO_LARGE, wrong } from "./package-source.js";
import { type ServedClient, ServedProblem } from "./served-client.js";
import { fileUrl } from "./served-url.js";

const HTML_CAUSES = "a challenge page of bot protection, a login page, or an error page with a wrong status";
const REFUSAL_CAUSES =
  "bot protection, hotlink protection, or missing permissions. Devices send no cookies and no referrer";

/** The statuses of servers that do not support ranges, or refuse one. A device gets the whole file from them. */
const RANGE_REFUSED: readonly number[] = [400, 405, 406, 412, 416, 501];

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
  const encoding = headers.get("content-encoding") ?? "";
  if (/^(identity)?$/i.test(encoding)) return undefined;
  return wrong(
    `is served with Content-Encoding ${encoding.slice(0, 40)}: switch compression off for this folder`,
  );
}

/** Whether a server may compress the answer to a GET. Its answer to HEAD need not show whether it does. */
function mayCompress({ headers }: Response): boolean {
  return /accept-encoding/i.test(headers.get("vary") ?? "");
}

/** The length of the whole file, if the headers say it. */
function lengthOf({ status, headers }: Response): number | undefined {
  const [, total] =
    status === 206
      ? (/^bytes \d+-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [])
      : (/^(\d+)$/.exec(headers.get("content-length") ?? "") ?? []);
  return total === undefined ? undefined : Number(total);
}

/** What is wrong with an asset of another length. `found` says in words which length it has. */
function wrongLength(found: string, { bytes }: PackageAsset, { headers }: Response): FileProblem {
  const isHtml = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  if (isHtml) return wrong(`is an HTML page, not the file: ${HTML_CAUSES}`);
  return wrong(`has ${found}, the manifest says ${bytes}`);
}

function lengthProblem(found: number, asset: PackageAsset, response: Response): FileProblem | undefined {
  return found === asset.bytes ? undefined : wrongLength(`${found} bytes`, asset, response);
}

/**
 * Whether a small file is a page for people: neither a manifest nor a signature begins with `<`. Content-Type is not
 * used: servers derive it from the file's name.
 */
function isHtml(bytes: Buffer): boolean {
  return /^(\ufeff)?\s*</.test(bytes.subarray(0, 200).toString("utf8"));
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
        if (length > maxBytes) return TOO_LARGE;
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
      const isClear = lengthOf(response) === asset.bytes && !mayCompress(response);
      return encodingProblem(response) ?? (isClear ? undefined : "unknown");
    };
    const head = await this.#client
      .send(url, { method: "HEAD" }, readHead, signal)
      .catch((error: unknown) => (error instanceof ServedProblem ? "unknown" : Promise.reject(error)));
    if (head !== "unknown") return head;
    const request = { method: "GET", range: "bytes=0-0" } as const;
    const read = async (response: Response): Promise<FileProblem | "unknown" | undefined> => {
      if (RANGE_REFUSED.includes(response.status)) return "unknown";
      const problem = statusProblem(response) ?? encodingProblem(response);
      if (problem) return problem;
      const length = lengthOf(response);
      return length === undefined ? "unknown" : lengthProblem(length, asset, response);
    };
    const result = await this.#client.send(url, request, read, signal);
    return result === "unknown" ? this.#readBody(url, asset, undefined, signal) : result;
  }

  /**
   * Reads the whole file. Continues where a connection broke. Without `update`, the bytes are counted only if the headers
   * do not say how many there are.
   */
  async #readBody(
    url: URL,
    asset: PackageAsset,
    update: ((bytes: Uint8Array) => void) | undefined,
    signal: AbortSignal,
  ): Promise<FileProblem | undefined> {
    let position = 0;
    const read = async (response: Response, body: () => AsyncIterable<Uint8Array>) => {
      const problem = statusProblem(response) ?? encodingProblem(response);
      if (problem) return problem;
      const length = lengthOf(response);
      if (length !== undefined && (length !== asset.bytes || !update)) {
        return lengthProblem(length, asset, response);
      }
      let at = 0;
      for await (const part of body()) {
        const from = Math.max(0, position - at);
        at += part.length;
        if (at > asset.bytes) return wrongLength(`more than ${asset.bytes} bytes`, asset, response);
        update?.(part.subarray(Math.min(from, part.length)));
        position = Math.max(position, at);
      }
      return position < asset.bytes ? lengthProblem(position, asset, response) : undefined;
    };
    return this.#client.send(url, { method: "GET" }, read, signal);
  }
}
