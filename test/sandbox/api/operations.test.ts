import { Ajv } from "ajv";
import { default as addFormats } from "ajv-formats";
import { beforeEach, describe, expect, test } from "vitest";
import { document } from "../../../generated/document.js";
import { endpoints } from "../../../generated/endpoints.js";
import { type Answer, type CallInit, PUBLIC_KEY, packageFor, parametersOf, setUp } from "../support.js";

// Not strict: ajv knows `discriminator` and `nullable` of OpenAPI 3.0, but not all its other keywords.
const ajv = new Ajv({ strict: false, allErrors: true, discriminator: false });
addFormats.default(ajv);
// Not to accept fields that the schemas do not have.
const closed = JSON.parse(JSON.stringify(document.components), (_, value) =>
  value?.type === "object" && value.properties ? { additionalProperties: false, ...value } : value,
);
ajv.addSchema({ $id: "document", components: closed });

function validate(operationId: string, answer: Answer) {
  const { method, path } = endpoints[operationId as keyof typeof endpoints];
  const response = document.paths[path]?.[method]?.responses[answer.status];
  expect(response, `${operationId} may answer ${answer.status}`).toBeDefined();
  const schema = response?.content?.["application/json"]?.schema;
  if (!schema) return expect(answer.text).toBe("");
  const check = ajv.compile({ $ref: `document${schema.$ref}` });
  check(answer.body);
  expect(check.errors, operationId).toBeNull();
}

const operations = Object.entries(endpoints);

interface Call {
  readonly path: string;
  readonly init: CallInit;
  readonly status: number;
}

const calls = new Map<string, Call>();
let call: Awaited<ReturnType<typeof setUp>>["call"];

function relationship(name: string, type: string, id: string) {
  return { [name]: { data: { type, id } } };
}

/**
 * A query with what the description lets the GET of a path have: all that can be included, all sorts, small pages, and
 * these values of parameters that there still are.
 */
function everything(path: string, values: Readonly<Record<string, string>>): string {
  const template = Object.values(endpoints).find(({ path: each }) =>
    new RegExp(`^${each.replace("{id}", "[^/]+")}$`).test(path),
  )?.path;
  const given = parametersOf(template ?? "").flatMap(({ name, schema }) => {
    const all = /^(include|sort)$/.test(name) ? schema.items?.enum?.join(",") : undefined;
    const value = values[name] ?? (name.startsWith("limit") ? "1" : all);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return given.join("&");
}

beforeEach(async () => {
  const set = await setUp({ receive: async () => new Response() });
  ({ call } = set);
  const { sandbox } = set;
  const app = sandbox.addAppStoreVersion({ variants: 3, deltas: 2 });
  const other = sandbox.addAppStoreVersion();
  const bare = sandbox.addAppStoreVersion();
  const { packageId, versionId, variantIds, deltaIds } = sandbox.publishVersion(app.id);

  const create = async (type: string, attributes: object | undefined, relationships?: object) => {
    const body = { data: { type, attributes, ...(relationships && { relationships }) } };
    const { body: created } = await call(`/v1/${type}`, { method: "POST", body });
    return created.data.id as string;
  };
  const key = { publicKey: PUBLIC_KEY };
  const domain = { domain: "example.com", referenceName: "ours" };
  const hook = { endpointUrl: "https://example.com/hook", secret: "s" };
  const catalog = { catalogUrl: "https://example.com/catalog" };
  const keyId = await create("alternativeDistributionKeys", key, relationship("app", "apps", app.appId));
  const domainId = await create("alternativeDistributionDomains", domain);
  const hookId = await create("marketplaceWebhooks", hook);
  const detailId = await create("marketplaceSearchDetails", catalog, relationship("app", "apps", app.appId));

  const webhook = {
    enabled: true,
    eventTypes: ["BUILD_UPLOAD_STATE_UPDATED"],
    name: "shop",
    secret: "s",
    url: "https://shop.example",
  };
  const ofApp = relationship("app", "apps", app.appId);
  const webhookId = await create("webhooks", webhook, ofApp);
  const ofWebhook = relationship("webhook", "webhooks", webhookId);
  await create("webhookPings", undefined, ofWebhook);
  await sandbox.delivered();
  const deliveries = `/v1/webhooks/${webhookId}/deliveries`;
  const deliveryId: string = (await call(deliveries)).body.data[0].id;

  const post = (path: string, attributes: object | undefined, relationships?: object) => {
    const type = path.split("/").at(-1);
    const body = { data: { type, attributes, ...(relationships && { relationships }) } };
    return { path, init: { method: "POST", body }, status: 201 };
  };
  const patch = (type: string, id: string, attributes: object) => ({
    path: `/v1/${type}/${id}`,
    init: { method: "PATCH", body: { data: { type, id, attributes } } },
    status: 200,
  });
  const get = (path: string, values: Readonly<Record<string, string>> = {}) => ({
    path: `${path}?${everything(path, values)}`,
    init: {},
    status: 200,
  });
  const del = (path: string) => ({ path, init: { method: "DELETE" }, status: 204 });
  const packages = "/v1/alternativeDistributionPackages";
  const versions = "/v1/alternativeDistributionPackageVersions";

  const all: Readonly<Record<keyof typeof endpoints, Call>> = {
    alternativeDistributionDomains_createInstance: post("/v1/alternativeDistributionDomains", {
      ...domain,
      domain: "example.org",
    }),
    alternativeDistributionDomains_getCollection: get("/v1/alternativeDistributionDomains"),
    alternativeDistributionDomains_getInstance: get(`/v1/alternativeDistributionDomains/${domainId}`),
    alternativeDistributionKeys_createInstance: post("/v1/alternativeDistributionKeys", key),
    alternativeDistributionKeys_getCollection: get("/v1/alternativeDistributionKeys", {
      "exists[app]": "true",
    }),
    alternativeDistributionKeys_getInstance: get(`/v1/alternativeDistributionKeys/${keyId}`),
    alternativeDistributionPackageDeltas_getInstance: get(
      `/v1/alternativeDistributionPackageDeltas/${deltaIds[0]}`,
    ),
    alternativeDistributionPackageVariants_getInstance: get(
      `/v1/alternativeDistributionPackageVariants/${variantIds[0]}`,
    ),
    alternativeDistributionPackageVersions_deltas_getToManyRelated: get(`${versions}/${versionId}/deltas`),
    alternativeDistributionPackageVersions_deltas_getToManyRelationship: get(
      `${versions}/${versionId}/relationships/deltas`,
    ),
    alternativeDistributionPackageVersions_getInstance: get(`${versions}/${versionId}`),
    alternativeDistributionPackageVersions_variants_getToManyRelated: get(
      `${versions}/${versionId}/variants`,
    ),
    alternativeDistributionPackageVersions_variants_getToManyRelationship: get(
      `${versions}/${versionId}/relationships/variants`,
    ),
    alternativeDistributionPackages_createInstance: {
      path: packages,
      init: { method: "POST", body: packageFor(bare.id) },
      status: 201,
    },
    alternativeDistributionPackages_getInstance: get(`${packages}/${packageId}`),
    alternativeDistributionPackages_versions_getToManyRelated: get(`${packages}/${packageId}/versions`),
    alternativeDistributionPackages_versions_getToManyRelationship: get(
      `${packages}/${packageId}/relationships/versions`,
    ),
    appStoreVersions_alternativeDistributionPackage_getToOneRelated: get(
      `/v1/appStoreVersions/${app.id}/alternativeDistributionPackage`,
    ),
    appStoreVersions_alternativeDistributionPackage_getToOneRelationship: get(
      `/v1/appStoreVersions/${app.id}/relationships/alternativeDistributionPackage`,
    ),
    apps_alternativeDistributionKey_getToOneRelated: get(`/v1/apps/${app.appId}/alternativeDistributionKey`),
    apps_alternativeDistributionKey_getToOneRelationship: get(
      `/v1/apps/${app.appId}/relationships/alternativeDistributionKey`,
    ),
    apps_marketplaceSearchDetail_getToOneRelated: get(`/v1/apps/${app.appId}/marketplaceSearchDetail`),
    apps_marketplaceSearchDetail_getToOneRelationship: get(
      `/v1/apps/${app.appId}/relationships/marketplaceSearchDetail`,
    ),
    marketplaceSearchDetails_createInstance: post(
      "/v1/marketplaceSearchDetails",
      catalog,
      relationship("app", "apps", other.appId),
    ),
    marketplaceSearchDetails_updateInstance: patch("marketplaceSearchDetails", detailId, {
      catalogUrl: "https://example.com/new",
    }),
    marketplaceWebhooks_createInstance: post("/v1/marketplaceWebhooks", hook),
    marketplaceWebhooks_getCollection: get("/v1/marketplaceWebhooks"),
    marketplaceWebhooks_updateInstance: patch("marketplaceWebhooks", hookId, { secret: null }),
    alternativeDistributionDomains_deleteInstance: del(`/v1/alternativeDistributionDomains/${domainId}`),
    alternativeDistributionKeys_deleteInstance: del(`/v1/alternativeDistributionKeys/${keyId}`),
    marketplaceSearchDetails_deleteInstance: del(`/v1/marketplaceSearchDetails/${detailId}`),
    marketplaceWebhooks_deleteInstance: del(`/v1/marketplaceWebhooks/${hookId}`),
    apps_getCollection: get("/v1/apps", { "filter[bundleId]": app.bundleId }),
    apps_getInstance: get(`/v1/apps/${app.appId}`),
    apps_appStoreVersions_getToManyRelated: get(`/v1/apps/${app.appId}/appStoreVersions`, {
      "filter[platform]": "IOS",
      "filter[versionString]": "1.0",
      "filter[appVersionState]": "PENDING_DEVELOPER_RELEASE",
      "filter[id]": app.id,
    }),
    apps_appStoreVersions_getToManyRelationship: get(`/v1/apps/${app.appId}/relationships/appStoreVersions`),
    appStoreVersions_getInstance: get(`/v1/appStoreVersions/${app.id}`),
    apps_webhooks_getToManyRelated: get(`/v1/apps/${app.appId}/webhooks`),
    apps_webhooks_getToManyRelationship: get(`/v1/apps/${app.appId}/relationships/webhooks`),
    webhooks_createInstance: post("/v1/webhooks", webhook, ofApp),
    webhooks_getInstance: get(`/v1/webhooks/${webhookId}`),
    webhooks_updateInstance: patch("webhooks", webhookId, { enabled: false, name: null }),
    webhooks_deleteInstance: del(`/v1/webhooks/${webhookId}`),
    webhooks_deliveries_getToManyRelated: get(deliveries, {
      "filter[deliveryState]": "SUCCEEDED",
      "filter[createdDateLessThan]": "2025-06-02T00:00:00Z",
    }),
    webhooks_deliveries_getToManyRelationship: get(`/v1/webhooks/${webhookId}/relationships/deliveries`),
    webhookPings_createInstance: post("/v1/webhookPings", undefined, ofWebhook),
    webhookDeliveries_createInstance: post(
      "/v1/webhookDeliveries",
      undefined,
      relationship("template", "webhookDeliveries", deliveryId),
    ),
  };
  for (const [operationId, entry] of Object.entries(all)) calls.set(operationId, entry);
});

describe("every operation", () => {
  test.each(operations.map(([operationId]) => operationId))(
    "%s answers a document that fits its schema",
    async (operationId) => {
      const { path, init, status } = calls.get(operationId) ?? { path: "", init: {}, status: 0 };
      const answer = await call(path, init);
      expect(answer.status, answer.text).toBe(status);
      validate(operationId, answer);
    },
  );

  test.each(operations.filter(([, { path }]) => path.includes("{id}")))(
    "%s answers 404 for an unknown id",
    async (operationId, { path, method }) => {
      const type = path.split("/")[2];
      const answer = await call(path.replace("{id}", "nobody"), {
        method: method.toUpperCase(),
        ...(method === "patch" && { body: { data: { type, id: "nobody" } } }),
      });
      expect(answer.status).toBe(404);
      expect(answer.body.errors[0].code).toBe("NOT_FOUND");
      validate(operationId, answer);
    },
  );

  test.each(operations.filter(([, { method }]) => method === "get"))(
    "%s rejects a parameter it does not have",
    async (operationId) => {
      const answer = await call(`${calls.get(operationId)?.path.split("?")[0]}?filter[nothing]=1`);
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0]).toMatchObject({
        code: "PARAMETER_ERROR.ILLEGAL",
        source: { parameter: "filter[nothing]" },
      });
      validate(operationId, answer);
    },
  );
});
