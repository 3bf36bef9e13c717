import { expect, test, vi } from "vitest";
import type { Document } from "../../../generated/document.js";
import { setUp } from "../support.js";

/** As if a domain had a number, which need not be whole. */
vi.mock("../../../generated/document.js", async (importOriginal) => {
  const { document } = await importOriginal<{ document: Document }>();
  const attributes = {
    type: "object",
    required: ["weight"],
    properties: { weight: { type: "number" }, domain: { type: "string" }, referenceName: { type: "string" } },
  };
  const type = { type: "string", enum: ["alternativeDistributionDomains"] };
  const data = { type: "object", properties: { type, attributes } };
  const AlternativeDistributionDomainCreateRequest = { type: "object", properties: { data } };
  const schemas = { ...document.components.schemas, AlternativeDistributionDomainCreateRequest };
  return { document: { ...document, components: { ...document.components, schemas } } };
});

test.each([
  [1, 201],
  [1.5, 201],
  ["1", 409],
])("where a number is wanted, %o is answered with %i", async (weight, expected) => {
  const { call } = await setUp();
  const attributes = { domain: "a.example", referenceName: "ours", weight };
  const data = { type: "alternativeDistributionDomains", attributes };
  const { status } = await call("/v1/alternativeDistributionDomains", { method: "POST", body: { data } });
  expect(status).toBe(expected);
});
