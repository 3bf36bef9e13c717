import { beforeAll, expect, test, vi } from "vitest";
import type { Document, Parameter } from "../../../generated/document.js";
import { problem, setUp } from "../support.js";

const versionsOf = "/v1/alternativeDistributionPackages/{id}/versions";

/** What Apple could add to a list of package versions, to a single one and to the paths of an app. */
vi.mock("../../../generated/document.js", async (importOriginal) => {
  const { document } = await importOriginal<{ document: Document }>();
  const parameter = (name: string, values?: readonly string[]): Parameter => ({
    name,
    in: "query",
    style: "form",
    explode: false,
    schema: { type: "array", items: { type: "string", ...(values && { enum: values }) } },
  });
  const withParameters = (path: string, added: readonly Parameter[]) => {
    const item = document.paths[path];
    if (!item?.get) throw new Error(`there is no GET ${path}`);
    const kept = (item.get.parameters ?? []).filter(({ name }) => added.every((it) => it.name !== name));
    return { [path]: { ...item, get: { ...item.get, parameters: [...kept, ...added] } } };
  };
  const paths = {
    ...document.paths,
    ...withParameters("/v1/alternativeDistributionPackages/{id}/versions", [
      parameter("filter[version]"),
      parameter("filter[id]"),
      parameter("filter[notarized]"),
      parameter("filter[url]"),
      parameter("filter[alternativeDistributionPackage]"),
      parameter("exists[deltas]"),
      parameter("exists[reviews]"),
      parameter("sort", ["version", "-version", "state", "url"]),
      parameter("include", ["variants", "deltas", "alternativeDistributionPackage", "reviews"]),
      parameter("limit[reviews]"),
      parameter("search"),
      parameter("fields[reviews]"),
    ]),
    ...withParameters("/v1/alternativeDistributionPackageVersions/{id}", [parameter("sort", ["version"])]),
    ...withParameters("/v1/alternativeDistributionDomains", [
      parameter("filter[domain]"),
      parameter("sort", ["-createdDate", "-domain"]),
    ]),
    "/v1/apps": {
      get: {
        ...document.paths["/v1/alternativeDistributionDomains"]?.get,
        operationId: "apps_getCollection",
      },
    },
    "/v1/apps/{id}/reviews": {
      get: {
        ...document.paths["/v1/alternativeDistributionPackages/{id}/versions"]?.get,
        operationId: "apps_reviews_getToManyRelated",
      },
    },
  };
  return { document: { ...document, paths } };
});

let call: Awaited<ReturnType<typeof setUp>>["call"];
let path: string;
let packageId: string;
let versionIds: string[];
let appId: string;

beforeAll(async () => {
  const set = await setUp();
  call = set.call;
  const added = set.sandbox.addAppStoreVersion();
  appId = added.appId;
  const first = set.sandbox.publishVersion(added.id);
  packageId = first.packageId;
  versionIds = [first.versionId, set.sandbox.publishVersion(added.id, { deltas: 1 }).versionId];
  path = versionsOf.replace("{id}", packageId);
  for (const domain of ["b.example", "c.example", "a.example"]) {
    const data = { type: "alternativeDistributionDomains", attributes: { domain, referenceName: "ours" } };
    await call("/v1/alternativeDistributionDomains", { method: "POST", body: { data } });
  }
});

const idsOf = async (query: string) => {
  const { status, body } = await call(`${path}?${query}`);
  expect(status).toBe(200);
  return body.data.map(({ id }: { id: string }) => id);
};

test("a new filter by an attribute, an id or a relationship is applied", async () => {
  const [first, second] = versionIds;
  expect(await idsOf("filter[version]=2")).toEqual([second]);
  expect(await idsOf("filter[version]=3")).toEqual([]);
  expect(await idsOf(`filter[id]=${first},nobody`)).toEqual([first]);
  expect(await idsOf(`filter[alternativeDistributionPackage]=${packageId}`)).toEqual([first, second]);
  expect(await idsOf("filter[alternativeDistributionPackage]=nobody")).toEqual([]);
  expect(await idsOf("exists[deltas]=true")).toEqual([second]);
  expect(await idsOf("exists[deltas]=false")).toEqual([first]);
});

test("a new sort by an attribute is applied, and pages follow it", async () => {
  const [first, second] = versionIds;
  expect(await idsOf("sort=-version")).toEqual([second, first]);
  expect(await idsOf("sort=state,version")).toEqual([second, first]);
  const { body } = await call(`${path}?sort=-version&limit=1`);
  expect(body.data[0].id).toBe(second);
  expect((await call(body.links.next)).body.data[0].id).toBe(first);
});

test("new parameters of attributes that requests set are applied", async () => {
  const domains = async (query: string) =>
    (await call(`/v1/alternativeDistributionDomains?${query}`)).body.data.map(
      ({ attributes }: { attributes: { domain: string } }) => attributes.domain,
    );
  expect(await domains("filter[domain]=a.example")).toEqual(["a.example"]);
  expect(await domains("sort=-domain")).toEqual(["c.example", "b.example", "a.example"]);
  expect(await domains("sort=-createdDate")).toEqual(["b.example", "c.example", "a.example"]);
});

test.each([
  ["filter[notarized]", "true"],
  ["filter[url]", "https://a.example"],
  ["exists[reviews]", "true"],
  ["sort", "version,url"],
  ["include", "variants,reviews"],
  ["limit[reviews]", "5"],
  ["search", "x"],
])("the sandbox rejects %s=%s by name: it has no values for it", async (parameter, value) => {
  const answer = await call(`${path}?${parameter}=${value}`);
  expect(problem(answer)).toEqual({ status: 400, code: "PARAMETER_ERROR.ILLEGAL", source: { parameter } });
  expect(answer.body.errors[0].detail).toContain(`does not implement the parameter '${parameter}'`);
});

test("a sort where there is no list is rejected", async () => {
  const answer = await call(`/v1/alternativeDistributionPackageVersions/${versionIds[0]}?sort=version`);
  expect(problem(answer)).toMatchObject({ status: 400, source: { parameter: "sort" } });
});

test("fields of a type that the sandbox does not have select nothing", async () => {
  expect(await idsOf("fields[reviews]=text")).toEqual(versionIds);
});

test("a new list is rejected by the operation's name until the sandbox has the relationship", async () => {
  const answer = await call(`/v1/apps/${appId}/reviews`);
  expect(problem(answer)).toEqual({ status: 404, code: "PATH_ERROR" });
  expect(answer.body.errors[0].detail).toContain("apps_reviews_getToManyRelated");
});
