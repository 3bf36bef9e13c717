import { AppStoreConnectError } from "./errors.js";

/** What a page of a list has. */
export interface Page<Item> {
  data: Item[];
  links: { next?: string };
}

/**
 * A list, page by page as it is iterated: nothing is asked for before, and no page is kept once it was
 * yielded. Each iteration starts anew.
 *
 * @example
 * for await (const variant of client.versions.listVariants(versionId)) console.log(variant.id);
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/large-data-sets
 */
export interface Paginated<Item, Document extends Page<Item> = Page<Item>> extends AsyncIterable<Item> {
  /** The documents, for `meta.paging.total` or `included`. */
  pages(): AsyncGenerator<Document, void, undefined>;
  /** All items, or the first `limit` of them, in an array. */
  toArray(options?: { readonly limit?: number | undefined }): Promise<Item[]>;
}

/** The list whose pages are documents of this type. */
export type ListOf<Document extends Page<unknown>> = Paginated<Document["data"][number], Document>;

/**
 * The list whose first page is there. A next page is fetched from the same path with the query of `links.next`, byte
 * for byte: Apple's links do not always name the host that was called, and the token must stay with that host.
 */
export function paginate<Document extends Page<unknown>>(
  first: () => { path: string; query: string },
  fetchPage: (path: string, query: string) => Promise<Document>,
): ListOf<Document> {
  async function* pages() {
    const { path, query } = first();
    const seen = new Set<string>();
    let next: string | undefined = query;
    while (next !== undefined) {
      const page: Document = await fetchPage(path, next);
      const link: unknown = page.links?.next;
      yield page;
      next = link === undefined || link === null ? undefined : readLink(link, path, seen);
    }
  }
  async function* items() {
    for await (const page of pages()) yield* page.data;
  }
  return {
    pages,
    [Symbol.asyncIterator]: items,
    async toArray({ limit = Number.POSITIVE_INFINITY } = {}) {
      if (!(limit >= 0)) throw new TypeError("limit: expected a number of items, 0 or more");
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

/** The query of a next link, without its question mark. @throws AppStoreConnectError if the link leads astray. */
function readLink(link: unknown, path: string, seen: Set<string>): string {
  const astray = (what: string) =>
    new AppStoreConnectError(
      `paging failed: links.next ${what} (GET ${path}, after ${seen.size + 1} pages)`,
      {
        method: "GET",
        path,
        attempts: 1,
      },
    );
  // A relative link is good too; the host of a whole one does not matter.
  const own = `https://api.invalid${path}`;
  if (typeof link !== "string" || !URL.canParse(link, own)) throw astray("is no URL");
  // A proxy may have the API under a path of its own.
  if (!new URL(link, own).pathname.endsWith(new URL(own).pathname)) throw astray("is a link to another path");
  const query = /\?([^#]*)/.exec(link)?.[1] ?? "";
  if (query === "" || seen.has(query)) throw astray("goes in a circle");
  seen.add(query);
  return query;
}
