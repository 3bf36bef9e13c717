import { invalid, type Query } from "./query.js";
import type { Random } from "./random.js";
import type { Resource } from "./state.js";

/** One page of a list, with Apple's links and paging information. */
export function pageOf(all: readonly Resource[], query: Query, url: URL, random: Random) {
  const { limit, cursor } = query;
  const matching = filtered(all, query);
  // A cursor is good for one list: its tag is made of the path.
  const cursorAt = (offset: number) =>
    Buffer.from(`${offset}.${random.hex(`cursor ${offset} ${url.pathname}`, 8)}`).toString("base64url");
  const start = cursor === undefined ? 0 : readCursor(cursor, cursorAt);
  const end = start + limit;
  const nextCursor = end < matching.length ? cursorAt(end) : undefined;
  return {
    items: matching.slice(start, end),
    links: {
      self: linkTo(url),
      ...(cursor !== undefined && { first: withCursor(url, undefined, limit) }),
      ...(nextCursor && { next: withCursor(url, nextCursor, limit) }),
    },
    meta: { paging: { total: matching.length, limit, ...(nextCursor && { nextCursor }) } },
  };
}

function filtered(items: readonly Resource[], { filters, exists }: Query): readonly Resource[] {
  if (filters.size + exists.size === 0) return items;
  return items.filter(
    (item) =>
      [...filters].every(([name, values]) => values.has(String(item.attributes[name]))) &&
      [...exists].every(([name, values]) => values.has(String(item.related[name] !== undefined))),
  );
}

function readCursor(cursor: string, cursorAt: (offset: number) => string): number {
  const offset = Number.parseInt(Buffer.from(cursor, "base64url").toString(), 10);
  if (cursorAt(offset) !== cursor) throw invalid("cursor", "The cursor is not one of this list.");
  return offset;
}

/** A URL as a link has to be: the brackets that URL leaves in a query are none of a URI's characters. */
export function linkTo(url: URL): string {
  if (url.search === "") return url.href;
  return url.href.replaceAll("[", "%5B").replaceAll("]", "%5D");
}

function withCursor(url: URL, cursor: string | undefined, limit: number): string {
  const changed = new URL(url);
  if (cursor === undefined) changed.searchParams.delete("cursor");
  else changed.searchParams.set("cursor", cursor);
  changed.searchParams.set("limit", String(limit));
  return changed.href;
}
