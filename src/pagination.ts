import { optionError, show } from "./checks.js";
import { AppStoreConnectError } from "./errors.js";
import { parseUrl } from "./parse-url.js";
import type { WithResponse } from "./with-response.js";

/** One page of a list: the document of one request. */
export interface Page<Item> {
  data: Item[];
  links: { next?: string };
}

/**
 * A list that is fetched page by page while it is iterated: nothing is requested before, and no page is kept after it
 * was yielded. Each iteration starts from the first page.
 *
 * @example
 * for await (const variant of client.versions.listVariants(versionId)) console.log(variant.id);
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/large-data-sets
 */
export interface Paginated<Item, Document extends Page<Item> = Page<Item>> extends AsyncIterable<Item> {
  /** The documents, for `meta.paging.total` or `included`. */
  pages(): AsyncGenerator<Document, void, undefined>;
  /**
   * The documents with the status, headers and request id of each page's response.
   *
   * @example
   * for await (const { document, response } of client.packages.listVersions(packageId).withResponse()) …
   */
  withResponse(): AsyncGenerator<WithResponse<Document>, void, undefined>;
  /** All items, or the first `limit` of them, in an array. */
  toArray(options?: { readonly limit?: number | undefined }): Promise<Item[]>;
}

/** The list whose pages are documents of this type. */
export type ListOf<Document extends Page<unknown>> = Paginated<Document["data"][number], Document>;

// Ends a list whose links never end. Apple's longest lists have a few dozen pages.
const MAX_PAGES = 10_000;

/** Where a list starts. */
export interface ListStart {
  /** Path of the list, ids filled in. */
  readonly path: string;
  /** Query of the first page, without its question mark. */
  readonly query: string;
}

/**
 * A list from its first page on. A next page is fetched from the same path with the query of `links.next`, not
 * changed in any way: Apple's links do not always name the host that was called, and the token must stay with that host.
 *
 * @param start called once per iteration; throws what is wrong with the list's id or query
 */
export function paginate<Document extends Page<unknown>>(
  start: () => ListStart,
  fetchPage: (query: string) => Promise<WithResponse<Document>>,
): ListOf<Document> {
  async function* withResponse() {
    const { path, query } = start();
    const seen = new Set([query]);
    let next: string | undefined = query;
    while (next !== undefined) {
      const page: WithResponse<Document> = await fetchPage(next);
      const link: unknown = page.document.links?.next;
      yield page;
      next = link === undefined || link === null ? undefined : readLink(link, path, seen);
    }
  }
  async function* pages() {
    for await (const { document } of withResponse()) yield document;
  }
  async function* items() {
    for await (const page of pages()) yield* page.data;
  }
  return {
    pages,
    withResponse,
    [Symbol.asyncIterator]: items,
    async toArray({ limit = Number.POSITIVE_INFINITY } = {}) {
      if (typeof limit !== "number" || !(limit >= 0))
        throw optionError("limit", "a number of items, 0 or more", show(limit));
      const all: Document["data"][number][] = [];
      if (limit === 0) return all;
      for await (const item of items()) {
        all.push(item);
        if (all.length >= limit) break;
      }
      return all;
    },
  };
}

/** The query of a next link, without its question mark. @throws AppStoreConnectError for a link that cannot be followed. */
function readLink(link: unknown, path: string, seen: Set<string>): string {
  const refuse = (problem: string) =>
    new AppStoreConnectError(`paging failed: links.next ${problem} (GET ${path}, after ${seen.size} pages)`, {
      method: "GET",
      path,
      attempts: 1,
    });
  // A relative link is valid too, and the host of an absolute one does not matter.
  const url = parseUrl(link, `https://api.invalid${path}`);
  if (!url) throw refuse("is not a URL");
  // A proxy may serve the API under a path of its own.
  if (!url.pathname.endsWith(path)) throw refuse("is a link to another path");
  // Not from the URL, which escapes some characters.
  const query = /\?([^#]*)/.exec(`${link}`)?.[1] ?? "";
  if (query === "" || seen.has(query)) throw refuse("leads back to an earlier page");
  if (seen.size >= MAX_PAGES) throw refuse(`leads to more than ${MAX_PAGES} pages`);
  seen.add(query);
  return query;
}
