import { describe, expectTypeOf, test } from "vitest";
import type { endpoints } from "../generated/endpoints.js";
import {
  type AlternativeDistributionPackage,
  type AlternativeDistributionPackageResponse,
  type AlternativeDistributionPackageVariant,
  type AlternativeDistributionPackageVersion,
  type Client,
  createClient,
  type ListVersionsQuery,
  NotFoundError,
  type operations,
  type Paginated,
  type paths,
} from "../src/index.js";

const client = createClient({ token: "t" });

type Endpoints = typeof endpoints;
type WithMethod = {
  [Id in keyof Endpoints]: Endpoints[Id] extends { client: infer Name } ? [Name, Id] : never;
}[keyof Endpoints];
type MethodName = WithMethod[0];
type IdOf<Name> = Extract<WithMethod, [Name, unknown]>[1];
type Resources = Omit<Client, "api" | "baseUrl" | "rateLimit">;
type ClientMethod = { [R in keyof Resources]: `${R}.${keyof Resources[R] & string}` }[keyof Resources];
/** Methods that are made of others. */
type Composed =
  | "packages.ensure"
  | "packages.currentVersion"
  | "packages.waitForCurrentVersion"
  | "apps.getByBundleId"
  | "appStoreVersions.find"
  | "webhooks.ensure"
  | "keys.ensure"
  | "domains.ensure";
/** Operations without a method: deprecated ones, and lists of ids that the resources' own lists give as well. */
type WithoutMethod =
  | `marketplaceWebhooks_${"createInstance" | "deleteInstance" | "getCollection" | "updateInstance"}`
  | "apps_alternativeDistributionKey_getToOneRelationship"
  | "apps_appStoreVersions_getToManyRelationship"
  | "apps_marketplaceSearchDetail_getToOneRelationship"
  | "apps_webhooks_getToManyRelationship"
  | "webhooks_deliveries_getToManyRelationship";

type Result<Name> = Name extends `${infer R extends keyof Resources}.${infer M}`
  ? M extends keyof Resources[R]
    ? Resources[R][M] extends (...args: never) => infer Returned
      ? Returned
      : never
    : never
  : never;
type DocumentOf<Returned> = Returned extends Paginated<infer _Item, infer Page> ? Page : Awaited<Returned>;
type Success<Id> = Id extends keyof operations
  ? operations[Id]["responses"] extends {
      [Status in 200 | 201]?: { content: { "application/json": infer Body } };
    }
    ? Body
    : undefined
  : never;

describe("the covered operations", () => {
  test("have one method each, except those listed, and each method has one operation", () => {
    // An error here names an operation that needs a method, or a line in WithoutMethod.
    expectTypeOf<Exclude<keyof Endpoints, WithMethod[1] | WithoutMethod>>().toBeNever();
    expectTypeOf<Extract<WithMethod[1], WithoutMethod>>().toBeNever();
    expectTypeOf<Exclude<WithMethod[1] | WithoutMethod, keyof Endpoints>>().toBeNever();
    // An error here names a method that is missing or has another name than in operations.json, then one that has no
    // operation: it belongs to Composed.
    expectTypeOf<Exclude<MethodName, ClientMethod>>().toBeNever();
    expectTypeOf<Exclude<ClientMethod, MethodName | Composed>>().toBeNever();
    expectTypeOf<Exclude<Composed, ClientMethod>>().toBeNever();
    expectTypeOf<Extract<MethodName, Composed>>().toBeNever();
    type Shared = {
      [Name in MethodName]: [IdOf<Name>] extends [infer One]
        ? IdOf<Name> extends One
          ? never
          : Name
        : never;
    }[MethodName];
    expectTypeOf<Shared>().toBeNever();
  });

  test("give the document of their operation, untouched", () => {
    type Wrong = {
      [Name in MethodName]: [DocumentOf<Result<Name>>, Success<IdOf<Name>>] extends [infer Got, infer Wanted]
        ? [Got, Wanted] extends [Wanted, Got]
          ? never
          : Name
        : never;
    }[MethodName];
    expectTypeOf<Wrong>().toBeNever();
  });
});

describe("documents", () => {
  test("have Apple's types, not any", () => {
    expectTypeOf(client.packages.get("1")).resolves.toEqualTypeOf<AlternativeDistributionPackageResponse>();
    expectTypeOf(client.packages.get("1")).resolves.not.toBeAny();
    expectTypeOf<AlternativeDistributionPackage["id"]>().toEqualTypeOf<string>();
    type State = NonNullable<AlternativeDistributionPackageVersion["attributes"]>["state"];
    expectTypeOf<"COMPLETED">().toExtend<State>();
    expectTypeOf<string>().not.toExtend<State>();
    expectTypeOf(client.packages.currentVersion("1")).resolves.toEqualTypeOf<
      AlternativeDistributionPackageVersion | undefined
    >();
  });

  test("of a list have typed items", async () => {
    for await (const variant of client.versions.listVariants("1")) {
      expectTypeOf(variant).toEqualTypeOf<AlternativeDistributionPackageVariant>();
    }
    for await (const link of client.versions.listDeltaIds("1")) {
      expectTypeOf(link.type).toEqualTypeOf<"alternativeDistributionPackageDeltas">();
    }
    for await (const page of client.packages.listVersions("1").pages()) {
      expectTypeOf(page.meta?.paging.total).toEqualTypeOf<number | undefined>();
    }
    expectTypeOf(client.versions.listVariants("1").toArray()).resolves.toEqualTypeOf<
      AlternativeDistributionPackageVariant[]
    >();
  });

  test("tell included resources apart by type", async () => {
    const { included = [] } = await client.versions.get("1", { include: ["variants", "deltas"] });
    for (const resource of included) {
      if (resource.type === "alternativeDistributionPackageVariants") {
        expectTypeOf(resource).toEqualTypeOf<AlternativeDistributionPackageVariant>();
      }
    }
  });
});

describe("queries", () => {
  test("are the generated ones", () => {
    expectTypeOf<ListVersionsQuery>().toEqualTypeOf<
      NonNullable<
        operations["alternativeDistributionPackages_versions_getToManyRelated"]["parameters"]["query"]
      >
    >();
    client.packages.listVersions("1", {
      "filter[state]": ["COMPLETED"],
      include: ["variants"],
      "limit[variants]": 50,
    });
  });

  test("refuse what Apple does not know", () => {
    // @ts-expect-error no such relationship
    client.packages.listVersions("1", { include: ["apps"] });
    // @ts-expect-error no such state
    client.packages.listVersions("1", { "filter[state]": ["PENDING"] });
    // @ts-expect-error no such parameter
    client.versions.get("1", { limit: 5 });
    // @ts-expect-error a list, not a text
    client.versions.get("1", { include: "variants" });
    // @ts-expect-error no number
    client.versions.listVariants("1", { limit: "5" });
  });
});

describe("calls", () => {
  test("refuse ids of another type, and options that do not exist", () => {
    // @ts-expect-error an id is a string
    client.versions.get(1);
    // @ts-expect-error an id is needed
    client.variants.get();
    // @ts-expect-error the id goes by name
    client.packages.create("1");
    // @ts-expect-error no such option
    client.deltas.get("1", {}, { retries: 1 });
    // @ts-expect-error the linkage takes no query, these are options
    client.packages.getIdForAppStoreVersion("1", { include: ["versions"] });
  });

  test("of client.api have the typed paths", async () => {
    const path = "/v1/alternativeDistributionPackages/{id}" satisfies keyof paths;
    const { data, error } = await client.api.GET(path, { params: { path: { id: "1" } } });
    expectTypeOf(data).toEqualTypeOf<AlternativeDistributionPackageResponse | undefined>();
    expectTypeOf(error?.errors?.[0]?.code).toEqualTypeOf<string | undefined>();
    // @ts-expect-error no such path
    client.api.GET("/v1/nothing");
    // @ts-expect-error no such parameter
    client.api.GET(path, { params: { path: { id: "1" }, query: { include: ["apps"] } } });
  });
});

describe("createClient", () => {
  test("refuses half an API key, and options of another type", () => {
    // @ts-expect-error the key's text is missing
    createClient({ keyId: "1" });
    // @ts-expect-error nothing to sign with
    createClient({});
    // @ts-expect-error ms are a number
    createClient({ token: "t", timeout: "5s" });
    // @ts-expect-error no such option
    createClient({ token: "t", retries: 1 });
  });
});

describe("errors", () => {
  test("are told apart by name", () => {
    const error = new NotFoundError("x", { method: "GET", path: "/", attempts: 1 });
    expectTypeOf(error.name).toEqualTypeOf<"NotFoundError">();
    expectTypeOf(error.errors[0]?.code).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>();
  });
});
