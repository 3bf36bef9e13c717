import type { Random } from "../random.js";
import type { Resource } from "../state/resource.js";
import { invalid, type Query } from "./query.js";

export function pageOf(all: readonly Resource[], query: Query, url: URL, random: Random) {
  const { limit, cursor } = query;
  const matching = sorted(filtered(all, query), query.sort);
  // The path is part of the cursor: it is valid for one list only.
  const cursorAt = (offset: number) =>
    Buffer.from(`${offset}.${random.hex(`cursor ${offset} ${url.pathname}`, 8)}`).toString("base64url");
  const start = cursor === undefined ? 0 : readCursor(cursor, cursorAt);
  const end = start + limit;
  const nextCursor = end < matching.length ? cursorAt(end) : undefined;
  return {
    items: matching.slice(start, end),
    links: {
      self: selfLink(url),
      ...(cursor !== undefined && { first: withCursor(url, undefined, limit) }),
      ...(nextCursor && { next: withCursor(url, nextCursor, limit) }),
    },
    meta: { paging: { total: matching.length, limit, ...(nextCursor && { nextCursor }) } },
  };
}

function filtered(items: readonly Resource[], { conditions }: Query): readonly Resource[] {
  if (conditions.length === 0) return items;
  return items.filter((item) => conditions.every((condition) => condition(item)));
}

function sorted(items: readonly Resource[], sort: readonly string[]): readonly Resource[] {
  if (sort.length === 0) return items;
  return items.toSorted((a, b) => {
    for (const key of sort) {
      const name = key.replace(/^-/, "");
      const order = compare(a.attributes[name], b.attributes[name]);
      if (order !== 0) return key.startsWith("-") ? -order : order;
    }
    return 0;
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [first, second] = [String(a ?? ""), String(b ?? "")];
  return first < second ? -1 : first > second ? 1 : 0;
}

function readCursor(cursor: string, cursorAt: (offset: number) => string): number {
  const offset = Number.parseInt(Buffer.from(cursor, "base64url").toString(), 10);
  if (cursorAt(offset) !== cursor) throw invalid("cursor", "The cursor is not one of this list.");
  return offset;
}

/** A document's own URL. A URI has no brackets, but URL leaves them in a query. */
export function selfLink(url: URL): string {
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
