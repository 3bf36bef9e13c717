import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { AppStoreConnectError } from "../src/index.js";
import { clientOver, failure, type Reply } from "./support/client.js";
import { json, page } from "./support/documents.js";

const PATH = "/v1/alternativeDistributionPackageVersions/V%201/variants";
const HOST = "https://api.appstoreconnect.apple.com";

/** Lists of pages, each linking to the next by `link(n)`. */
function lists(pages: readonly (readonly string[])[], link: (n: number) => string): Reply {
  return (_, n) => json(page(pages[n] ?? [], n + 1 < pages.length ? link(n + 1) : undefined));
}

const paged = (
  pages: readonly (readonly string[])[],
  link = (n: number) => `${HOST}${PATH}?cursor=c${n}&limit=200`,
) => {
  const { client, sent, ...rest } = clientOver(lists(pages, link));
  return { client, sent, list: client.versions.listVariants("V 1"), ...rest };
};

describe("a list", () => {
  test("asks for nothing before it is iterated", async () => {
    const { sent, list } = paged([["a"]]);
    list.pages();
    expect(sent).toHaveLength(0);
    await list.toArray();
    expect(sent).toHaveLength(1);
  });

  test("gives the items of all pages, an empty page in the middle included, in the largest pages", async () => {
    const { sent, list } = paged([["a", "b"], [], ["c"]]);
    const ids: string[] = [];
    for await (const { id } of list) ids.push(id);
    expect(ids).toEqual(["a", "b", "c"]);
    expect(sent.map(({ url }) => url)).toEqual([
      `${HOST}${PATH}?limit=200`,
      `${HOST}${PATH}?cursor=c1&limit=200`,
      `${HOST}${PATH}?cursor=c2&limit=200`,
    ]);
  });

  test("fetches a page only when it is reached, and anew in each iteration", async () => {
    const { sent, list } = paged([["a", "b"], ["c"]]);
    for await (const { id } of list) if (id === "b") break;
    expect(sent).toHaveLength(1);
    expect(await list.toArray({ limit: 1 })).toHaveLength(1);
    expect(sent).toHaveLength(2);
    expect(await list.toArray({ limit: 0 })).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  test("ends with an error after 10,000 pages", async () => {
    const endless = (_: unknown, n: number) => json(page([`v${n}`], `${HOST}${PATH}?cursor=c${n}`));
    const { client, sent } = clientOver(endless);
    const error = await failure(client.versions.listVariants("V 1").toArray());
    expect(error).toBeInstanceOf(AppStoreConnectError);
    expect(String(error)).toContain("leads to more than 10000 pages");
    expect(sent).toHaveLength(10_000);
  });

  test("gives its documents", async () => {
    const { list } = paged([["a"], ["b"]]);
    const totals: unknown[] = [];
    for await (const document of list.pages()) totals.push(document.meta?.paging.total);
    expect(totals).toEqual([99, 99]);
  });

  test("sends the query of the next link unchanged", async () => {
    const query = 'cursor=A%2fb%2FC+d%20e~%7E.==&limit=7&x=%5B%5d&y={"at":1}';
    const { sent, list } = paged([["a"], ["b"]], () => `${HOST}${PATH}?${query}`);
    await list.toArray();
    expect(sent[1]?.url).toBe(`${HOST}${PATH}?${query}`);
  });

  test.each([
    ["another host", `https://api-appstoreconnect.itunes.apple.com${PATH}?cursor=2`],
    ["a relative link", "?cursor=2"],
    ["an absolute path", `${PATH}?cursor=2`],
    ["a proxy's prefix", `https://proxy.example/asc${PATH}?cursor=2`],
    ["a fragment", `${PATH}?cursor=2#top`],
  ])("continues at its own origin and path with %s in links.next", async (_, link) => {
    const { sent, list } = paged([["a"], ["b"]], () => link);
    expect(await list.toArray()).toHaveLength(2);
    expect(sent[1]?.url).toBe(`${HOST}${PATH}?cursor=2`);
  });

  test("stays under the path of a proxy", async () => {
    const { client, sent } = clientOver(
      lists([["a"], ["b"]], () => `${HOST}${PATH}?cursor=2`),
      { baseUrl: "https://proxy.example/asc/" },
    );
    await client.versions.listVariants("V 1").toArray();
    expect(sent.map(({ url }) => url)).toEqual([
      `https://proxy.example/asc${PATH}?limit=200`,
      `https://proxy.example/asc${PATH}?cursor=2`,
    ]);
  });

  test("asks for smaller pages if told, and keeps the other parameters", async () => {
    const { client, sent } = clientOver(() => json(page(["a"])));
    await client.packages
      .listVersions("P", {
        limit: 5,
        "filter[state]": ["COMPLETED", "REPLACED"],
        include: ["variants", "deltas"],
      })
      .toArray();
    expect(sent[0]?.url).toBe(
      `${HOST}/v1/alternativeDistributionPackages/P/versions?limit=5&filter[state]=COMPLETED,REPLACED&include=variants,deltas`,
    );
  });

  test.each([
    ["to another path", `${HOST}/v1/apps?cursor=2`, "is a link to another path"],
    ["that is not a URL", "http://[", "is not a URL"],
    ["without a query", `${HOST}${PATH}`, "leads back to an earlier page"],
  ])("refuses a next link %s", async (_, link, message) => {
    const { sent, list } = paged([["a"], ["b"]], () => link);
    const error = await failure(list.toArray());
    expect(error).toBeInstanceOf(AppStoreConnectError);
    expect(String(error)).toContain(`links.next ${message}`);
    expect(sent).toHaveLength(1);
  });

  test("refuses a link to an earlier page", async () => {
    const pages = Array.from({ length: 9 }, (_, n) => [`${n}`]);
    const { sent, list } = paged(pages, (n) => `?cursor=${n % 3}`);
    expect(String(await failure(list.toArray()))).toContain("leads back to an earlier page");
    expect(sent).toHaveLength(4);
  });

  test.each([
    {},
    { data: {} },
    { data: [null] },
    { data: [{ id: 1, type: "x" }] },
    "<html>",
    "",
    "[]",
    "null",
  ])("refuses an invalid page: %j", async (body) => {
    const { client } = clientOver(() => json(body));
    expect(await failure(client.versions.listVariants("1").toArray())).toMatchObject({
      name: "AppStoreConnectError",
      status: 200,
    });
  });

  test("gives a page without links, and refuses links of another kind", async () => {
    const bare = clientOver(() => json({ data: [{ id: "a", type: "x" }] }));
    expect(await bare.client.versions.listDeltas("1").toArray()).toHaveLength(1);
    for (const links of [{ next: 7 }, { next: {} }]) {
      const { client } = clientOver(() => json({ data: [], links }));
      expect(String(await failure(client.versions.listDeltas("1").toArray()))).toContain("is not a URL");
    }
  });

  test.each([-1, Number.NaN, null, "1"])("says what is wrong with the limit %j", async (limit) => {
    const { list } = paged([["a"]]);
    const got = typeof limit === "string" ? '"1"' : limit;
    // The cast stands for callers in JavaScript.
    await expect(list.toArray({ limit: limit as number })).rejects.toThrow(
      new TypeError(`limit: expected a number of items, 0 or more, got ${got}`),
    );
  });

  test("keeps no page once it was yielded", async () => {
    const { client } = clientOver((_, n) =>
      json(page(["a".repeat(10_000)], n < 100 ? `?cursor=${n}` : undefined)),
    );
    const weak: WeakRef<object>[] = [];
    let alive = 0;
    for await (const document of client.versions.listVariants("1").pages()) {
      weak.push(new WeakRef(document));
      if (weak.length % 25 === 0) {
        await setImmediate();
        globalThis.gc?.();
        alive = Math.max(alive, weak.filter((ref) => ref.deref()).length);
      }
    }
    expect(globalThis.gc).toBeDefined();
    expect(alive).toBeLessThan(5);
  });
});
