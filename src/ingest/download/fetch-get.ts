import { DownloadError } from "./download-error.js";
import type { BodyConsumer, CdnFetch, CdnResponse, SendGet } from "./http-get.js";
import { followRedirects } from "./redirects.js";

interface BodyReader {
  next(): Promise<{ readonly done?: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): void;
}

/** A reader of what a `fetch` gives as a body: a web stream, or in some libraries a stream of Node. */
function readerOf(body: NonNullable<Response["body"]>): BodyReader {
  if (typeof body.getReader === "function") {
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: () => void reader.cancel().catch(() => undefined) };
  }
  const iterator: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  return { next: () => iterator.next(), cancel: () => void iterator.return?.()?.catch(() => undefined) };
}

/** GET over a fetch: the caller's, or the global one. */
export function fetchGet(fetch: CdnFetch): SendGet {
  return (firstUrl, headers) => {
    const controller = new AbortController();
    const { signal } = controller;
    let reader: BodyReader | undefined;
    const sendOnce = async ({ href }: URL) => {
      signal.throwIfAborted();
      // The redirects are followed here: fetch would follow one from https to http.
      const response = await fetch(href, { headers, signal, redirect: "manual" });
      const { status, type, body } = response;
      const discard = () => void body?.cancel?.().catch(() => undefined);
      // It came although its request was cancelled: nobody reads it any more.
      if (signal.aborted) discard();
      signal.throwIfAborted();
      if (type === "opaqueredirect") throw new DownloadError("sent a redirect that cannot be followed");
      return { response, status, location: response.headers.get("location") ?? undefined, discard };
    };
    const send = async (): Promise<CdnResponse> => {
      const { response, status } = await followRedirects(firstUrl, sendOnce);
      const read = async (consume: BodyConsumer) => {
        if (!response.body) return;
        reader = readerOf(response.body);
        for (;;) {
          const { done, value } = await reader.next();
          if (done || value === undefined) return;
          if (!ArrayBuffer.isView(value)) throw new DownloadError("was read by a fetch that gives no bytes");
          if (!(await consume(value))) return;
        }
      };
      return { status, header: (name) => response.headers.get(name) ?? undefined, read };
    };
    return {
      response: send(),
      hadDeadSocket: () => false,
      cancel: () => {
        controller.abort();
        reader?.cancel();
      },
    };
  };
}
