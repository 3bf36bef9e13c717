import { describe, expect, test } from "vitest";
import { parameterOf, parametersOf, problem, setUp } from "../support.js";

const packages = "/v1/alternativeDistributionPackages";

const list = `${packages}/{id}/versions`;
const limitOfIncluded = parameterOf(list, "limit[");
const fields = parameterOf(list, "fields[");
const [included] = parametersOf(list).find(({ name }) => name === "include")?.schema.items?.enum ?? [];
// Apple may add a filter that takes any text.
const filter = parametersOf(list).find(
  ({ name, schema }) => /^filter/.test(name) && schema.items?.enum,
)?.name;

async function published() {
  const set = await setUp();
  const { id } = set.sandbox.addAppStoreVersion();
  return { ...set, ...set.sandbox.publishVersion(id) };
}

describe("a query", () => {
  test.each([
    ["limit=0", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=201", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=1e2", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=", "PARAMETER_ERROR.INVALID", "limit"],
    [`${limitOfIncluded}=51&include=${included}`, "PARAMETER_ERROR.INVALID", limitOfIncluded],
    ["include=nothing", "PARAMETER_ERROR.INVALID", "include"],
    [`include=${included}&include=${included}`, "PARAMETER_ERROR.INVALID", "include"],
    [`${filter}=COMPLETED,NOTHING`, "PARAMETER_ERROR.INVALID", filter],
    [`${fields}=nothing`, "PARAMETER_ERROR.INVALID", fields],
    ["cursor=abc", "PARAMETER_ERROR.INVALID", "cursor"],
    ["nothing=1", "PARAMETER_ERROR.ILLEGAL", "nothing"],
    ["fields[nothing]=name", "PARAMETER_ERROR.ILLEGAL", "fields[nothing]"],
  ])("%s is rejected with the parameter's name", async (query, code, parameter) => {
    const { call, packageId } = await published();
    const answer = await call(`${packages}/${packageId}/versions?${query}`);
    expect(problem(answer)).toEqual({ status: 400, code, source: { parameter } });
  });

  test("a cursor of one list is not valid for another", async () => {
    const { call, versionId } = await published();
    const variants = `/v1/alternativeDistributionPackageVersions/${versionId}/variants`;
    const page = await call(`${variants}?limit=1`);
    const cursor = page.body.meta.paging.nextCursor;
    expect((await call(`${variants}?limit=1&cursor=${cursor}`)).status).toBe(200);
    const other = await call(variants.replace("variants", `deltas?cursor=${cursor}`));
    expect(problem(other).code).toBe("PARAMETER_ERROR.INVALID");
  });

  test("a cursor is rejected where there is no list", async () => {
    const { call, packageId } = await published();
    expect(problem(await call(`${packages}/${packageId}?cursor=abc`)).code).toBe("PARAMETER_ERROR.ILLEGAL");
  });
});
