import { appleDate, type Clock } from "./clock.js";
import type { FileFault } from "./faults.js";
import type { Random } from "./random.js";
import { type Content, part, type Reply, resized, type SandboxRequest } from "./reply.js";
import type { Resource, State } from "./state.js";

/** A CDN address as Apple hands it out: whoever has it may download until it expires. */
export interface SignedUrl {
  readonly url: string;
  readonly urlExpirationDate: string;
}

export type Cdn = ReturnType<typeof createCdn>;

export function createCdn(state: State, random: Random, now: Clock, urlLifetime: number) {
  let signed = 0;
  const expired = new Set<string>();
  const mac = (path: string, expires: string, number: string) =>
    random.hex(`url ${path} ${expires} ${number}`, 32);

  return {
    /** A new URL each time, as a renewed one must not die with the one before. */
    sign({ type, id }: Resource, origin: string): SignedUrl {
      const path = `/cdn/${type}/${encodeURIComponent(id)}`;
      const expires = Math.floor((now() + urlLifetime) / 1000);
      const number = (++signed).toString(36);
      const accessKey = `${number}.${mac(path, String(expires), number)}`;
      return {
        url: `${origin}${path}?accessKey=${accessKey}&expires=${expires}`,
        urlExpirationDate: appleDate(expires * 1000),
      };
    },

    async answer(request: SandboxRequest, url: URL, fault: FileFault = {}): Promise<Reply> {
      if (request.method !== "GET" && request.method !== "HEAD") return refusal(405, "MethodNotAllowed");
      const [, , type = "", id = ""] = url.pathname.split("/");
      const expires = url.searchParams.get("expires") ?? "";
      const accessKey = url.searchParams.get("accessKey") ?? "";
      const number = accessKey.split(".")[0] ?? "";
      if (accessKey !== `${number}.${mac(url.pathname, expires, number)}`)
        return refusal(403, "AccessDenied");
      if (fault.expireUrl) expired.add(accessKey);
      if (Number(expires) * 1000 <= now() || expired.has(accessKey)) return refusal(403, "RequestExpired");
      const file = state.get(type, decodeURIComponent(id))?.file;
      if (!file) return refusal(404, "NoSuchKey");
      let content = await file.open();
      if (fault.wrongLength)
        content = resized(content, Math.max(0, content.size + Number(fault.wrongLength)));
      const etag = `"${random.hex(`etag ${url.pathname}`, 32)}"`;
      return fileReply(
        request,
        content,
        { "content-type": file.contentType, etag },
        fault.ignoreRange === true,
      );
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
  const asked = ignoreRange || (ifRange !== null && ifRange !== etag) ? null : request.headers.get("range");
  const range = readRange(asked, content.size);
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

/** One range of bytes; a header of several, or of another form, is ignored as HTTP allows. */
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

/** A CDN speaks XML when it refuses. */
function refusal(status: number, code: string): Reply {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`,
  };
}
