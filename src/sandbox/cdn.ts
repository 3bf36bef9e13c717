import { appleDate } from "./apple-date.js";
import { type Content, part, resized } from "./content.js";
import type { SandboxContext } from "./context.js";
import type { Reply, SandboxRequest } from "./exchange.js";
import type { SignatureFault } from "./signing/package-signer.js";
import type { Resource } from "./state/resource.js";

/** What goes wrong with a file of the CDN. */
export interface FileFault {
  /** The signed URL is answered with 403 from now on; a renewed one works. */
  readonly expireUrl?: boolean | undefined;
  /** The whole file is sent with status 200, whatever range was asked for. */
  readonly ignoreRange?: boolean | undefined;
  /** How many bytes the file is longer, or shorter when negative, headers included. `true`: one longer. */
  readonly wrongLength?: number | true | undefined;
  /**
   * What is wrong with the `signature` in a package's zip; the fault applies only to requests for zips. `invalid`: one bit of
   * it is changed. `missing`: there is none. `other-package`: it is that of another package. `untrusted`: it leads to
   * another root with the name of the sandbox's own.
   */
  readonly signature?: SignatureFault | undefined;
}

export function isPackageZip(path: string): boolean {
  return path.startsWith("/cdn/alternativeDistributionPackageVersions/");
}

export type SandboxCdn = ReturnType<typeof createCdn>;

/** Signs URLs, and answers them with the files' bytes. `urlLifetime`: ms until a signed URL expires. */
export function createCdn({ state, random, clock }: SandboxContext, urlLifetime: number) {
  let signed = 0;
  const expired = new Set<string>();
  const mac = (path: string, expires: string, number: string) =>
    random.hex(`url ${path} ${expires} ${number}`, 32);

  return {
    /** A new URL each time: a renewed one must stay valid when the one before expires. */
    sign({ type, id }: Resource, origin: string) {
      const path = `/cdn/${type}/${encodeURIComponent(id)}`;
      const expires = Math.floor((clock.now() + urlLifetime) / 1000);
      const number = (++signed).toString(36);
      const accessKey = `${number}.${mac(path, String(expires), number)}`;
      return {
        url: `${origin}${path}?accessKey=${accessKey}&expires=${expires}`,
        urlExpirationDate: appleDate(expires * 1000),
      };
    },

    async answer(request: SandboxRequest, url: URL, fault: FileFault = {}): Promise<Reply> {
      if (request.method !== "GET" && request.method !== "HEAD") return errorReply(405, "MethodNotAllowed");
      const [, , type = "", id = ""] = url.pathname.split("/");
      const expires = url.searchParams.get("expires") ?? "";
      const accessKey = url.searchParams.get("accessKey") ?? "";
      const number = accessKey.split(".")[0] ?? "";
      if (accessKey !== `${number}.${mac(url.pathname, expires, number)}`)
        return errorReply(403, "AccessDenied");
      if (fault.expireUrl) expired.add(accessKey);
      if (Number(expires) * 1000 <= clock.now() || expired.has(accessKey))
        return errorReply(403, "RequestExpired");
      const file = state.of(type).get(decodeURIComponent(id))?.file;
      if (!file) return errorReply(404, "NoSuchKey");
      let content = await file.open(fault.signature);
      if (fault.wrongLength)
        content = resized(content, Math.max(0, content.size + Number(fault.wrongLength)));
      const etag = `"${random.hex(`etag ${url.pathname} ${fault.signature ?? ""}`, 32)}"`;
      const headers = { "content-type": file.contentType, etag };
      return fileReply(request, content, headers, fault.ignoreRange === true);
    },
  };
}

function fileReply(
  request: SandboxRequest,
  content: Content,
  headers: Readonly<Record<"content-type" | "etag", string>>,
  ignoreRange: boolean,
): Reply {
  const { etag } = headers;
  const cached = (request.headers.get("if-none-match") ?? "").split(/ *, */);
  if (cached.includes(etag)) return { status: 304, headers: { etag }, body: "" };
  const ifRange = request.headers.get("if-range");
  const header = ignoreRange || (ifRange !== null && ifRange !== etag) ? null : request.headers.get("range");
  const range = readRange(header, content.size);
  if (range === "unsatisfiable") {
    return { status: 416, headers: { etag, "content-range": `bytes */${content.size}` }, body: "" };
  }
  const ranges = ignoreRange ? "none" : "bytes";
  if (!range) return { status: 200, headers: { ...headers, "accept-ranges": ranges }, body: content };
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...headers,
      "accept-ranges": ranges,
      "content-range": `bytes ${start}-${end - 1}/${content.size}`,
    },
    body: part(content, start, end),
  };
}

/** One range of bytes. A header with several ranges, or of another form, is ignored, as HTTP allows. */
function readRange(
  header: string | null,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === undefined || to === undefined || from + to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size : Math.min(size, Number(to) + 1);
  if (from !== "" && to !== "" && Number(to) < start) return undefined;
  return start < end ? { start, end } : "unsatisfiable";
}

/** CDNs answer errors in XML. */
function errorReply(status: number, code: string): Reply {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`,
  };
}
