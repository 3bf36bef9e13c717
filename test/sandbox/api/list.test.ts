import { describe, expect, test } from "vitest";
import { thorough } from "../../support/thorough.js";
import { PUBLIC_KEY, parameterOf, setUp } from "../support.js";

const MANY = thorough ? 10_000 : 2000;

async function published(variants: number) {
  const set = await setUp({ limits: { perHour: 100_000 } });
  const { id } = set.sandbox.addAppStoreVersion({ variants, assetBytes: 16 });
  const { versionId, variantIds } = set.sandbox.publishVersion(id);
  const path = `/v1/alternativeDistributionPackageVersions/${versionId}`;
  const follow = async (start: string) => {
    const pages = [];
    for (let next: string | undefined = start; next !== undefined; ) {
      const { body } = await set.call(next);
      pages.push(body);
      next = body.links.next;
    }
    return pages;
  };
  return { ...set, path, variantIds, follow };
}

// biome-ignore lint/suspicious/noExplicitAny: documents of any list.
const idsOf = (pages: any[]) => pages.flatMap(({ data }) => data.map(({ id }: { id: string }) => id));

describe("a list", () => {
  test.each(["variants", "relationships/variants"])(
    `of ${MANY} %s is read page by page, in order`,
    async (list) => {
      const { path, variantIds, follow } = await published(MANY);
      const pages = await follow(`${path}/${list}?limit=200`);
      expect(pages).toHaveLength(MANY / 200);
      expect(idsOf(pages)).toEqual(variantIds);
      expect(new Set(variantIds).size).toBe(MANY);
    },
  );

  test("links the next page with cursor, limit and the rest of the query, up to the last page", async () => {
    const { path, follow, variantIds } = await published(5);
    const fields = parameterOf("/v1/alternativeDistributionPackageVersions/{id}/variants", "fields[");
    const query = `${fields}=url&limit=2`;
    const pages = await follow(`${path}/variants?${query}`);
    expect(pages.map(({ data }) => data.length)).toEqual([2, 2, 1]);
    expect(idsOf(pages)).toEqual(variantIds);
    const [first, second, last] = pages;
    const next = new URL(first.links.next);
    expect(next.searchParams.get("limit")).toBe("2");
    expect(next.searchParams.get("cursor")).toBe(first.meta.paging.nextCursor);
    expect(next.searchParams.get(fields)).toBe("url");
    expect(first.meta.paging).toMatchObject({ total: 5, limit: 2 });
    expect(first.links.first).toBeUndefined();
    expect(new URL(second.links.first).searchParams.has("cursor")).toBe(false);
    expect(last.links.next).toBeUndefined();
    expect(last.meta.paging.nextCursor).toBeUndefined();
  });

  test("whose items just fill the page has no next page, and an empty list has none", async () => {
    const { path, follow } = await published(4);
    expect((await follow(`${path}/variants?limit=2`)).map(({ data }) => data.length)).toEqual([2, 2]);
    expect((await follow(`${path}/deltas`)).map(({ data }) => data.length)).toEqual([0]);
  });

  test("has 50 items in a page without a limit", async () => {
    const { path, follow } = await published(51);
    expect((await follow(`${path}/variants`)).map(({ data }) => data.length)).toEqual([50, 1]);
  });
});

test("a list is filtered by whether a relationship exists", async () => {
  const { sandbox, call } = await setUp();
  const { appId } = sandbox.addAppStoreVersion();
  const keys = "/v1/alternativeDistributionKeys";
  const exists = parameterOf(keys, "exists[");
  for (const relationships of [{ app: { data: { type: "apps", id: appId } } }, undefined]) {
    const data = {
      type: "alternativeDistributionKeys",
      attributes: { publicKey: PUBLIC_KEY },
      relationships,
    };
    await call(keys, { method: "POST", body: { data } });
  }
  expect((await call(`${keys}?${exists}=true`)).body.data).toHaveLength(1);
  expect((await call(`${keys}?${exists}=false`)).body.data).toHaveLength(1);
  expect((await call(keys)).body.data).toHaveLength(2);
});
