import { document, type Operation, type Parameter, type Schema } from "../../../generated/document.js";
import type { OperationId } from "../../http/url.js";
import { Rejection } from "../rejection.js";

/** A resource type as the generated description has it. */
export interface ResourceType {
  readonly attributes: Readonly<Record<string, Schema>>;
  readonly relationships: Readonly<Record<string, { readonly many: boolean; readonly links: boolean }>>;
}

/** An operation, and what its path and its schemas say about it. */
export interface Route {
  readonly operationId: OperationId;
  readonly operation: Operation;
  /** The query's parameters by name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Upper case. */
  readonly method: string;
  /** The type at the start of the path: `apps` in `/v1/apps/{id}/alternativeDistributionKey`. */
  readonly type: string;
  /** The relationship at the end of the path: `alternativeDistributionKey` there. */
  readonly relationship: string | undefined;
  /** Whether the reply is `{ type, id }` only. */
  readonly linkage: boolean;
  /** Whether the reply is a list. */
  readonly many: boolean;
  /** The type of what the reply holds; empty for a DELETE. */
  readonly target: string;
}

/** The operations of a path, and the id in it. */
interface PathMatch {
  readonly methods: ReadonlyMap<string, Route>;
  readonly id: string;
}

export function resolve(schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return (name === undefined ? schema : document.components.schemas[name]) ?? {};
}

export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  Object.values(document.components.schemas).flatMap((schema) => {
    const { type, attributes, relationships } = schema.properties ?? {};
    const name = type?.enum?.[0];
    if (name === undefined) return [];
    const linked = Object.entries(relationships?.properties ?? {}).map(([relationship, { properties }]) => [
      relationship,
      { many: properties?.data?.type === "array", links: properties?.links !== undefined },
    ]);
    const described: ResourceType = {
      attributes: attributes?.properties ?? {},
      relationships: Object.fromEntries(linked),
    };
    return [[name, described] as const];
  }),
);

/** Path templates, each with its operations by method in upper case. */
const PATHS: ReadonlyMap<string, ReadonlyMap<string, Route>> = new Map(
  Object.entries(document.paths).map(([path, item]) => {
    const methods = (["delete", "get", "patch", "post", "put"] as const).flatMap((method) => {
      const operation = item[method];
      return operation
        ? [[method.toUpperCase(), routeOf(path, method.toUpperCase(), operation)] as const]
        : [];
    });
    return [path, new Map(methods)];
  }),
);

export const ROUTES: readonly Route[] = [...PATHS.values()].flatMap((methods) => [...methods.values()]);

function routeOf(path: string, method: string, operation: Operation): Route {
  const [type = "", , ...rest] = path.split("/").slice(2);
  const answer = operation.responses["200"] ?? operation.responses["201"];
  const data = resolve(resolve(answer?.content?.["application/json"]?.schema).properties?.data);
  const single = resolve(data.items ?? data);
  return {
    // The document and the types are generated from one source, so its ids are the types' keys.
    operationId: operation.operationId as OperationId,
    operation,
    parameters: new Map(
      (operation.parameters ?? []).filter((it) => it.in === "query").map((it) => [it.name, it]),
    ),
    method,
    type,
    relationship: rest.at(-1),
    linkage: rest.length === 2,
    many: data.type === "array",
    target: single.properties?.type?.enum?.[0] ?? "",
  };
}

/** The relationship of `parent` whose own path gives resources of the type `target`, if there is one. */
export function linkTo(
  parent: string,
  target: string,
): { readonly name: string; readonly many: boolean } | undefined {
  for (const { type, relationship, linkage, many, target: linked } of ROUTES) {
    if (relationship !== undefined && type === parent && linked === target && !linkage) {
      return { name: relationship, many };
    }
  }
  return undefined;
}

/** What is before `{id}` in each template; there is at most one `{id}` in each. */
const BEFORE_ID = [...new Set([...PATHS.keys()].flatMap((path) => path.split("{id}").slice(0, -1)))];

export function matchPath(pathname: string): PathMatch | undefined {
  const methods = PATHS.get(pathname);
  if (methods) return { methods, id: "" };
  for (const start of BEFORE_ID) {
    if (!pathname.startsWith(start)) continue;
    const slash = pathname.indexOf("/", start.length);
    const end = slash < 0 ? pathname.length : slash;
    const methods = PATHS.get(`${start}{id}${pathname.slice(end)}`);
    if (methods && end > start.length) return { methods, id: decoded(pathname.slice(start.length, end)) };
  }
  return undefined;
}

/** @throws Rejection (404, 405) */
export function routeFor(match: PathMatch | undefined, method: string, pathname: string): Route {
  if (!match) throw new Rejection(404, "PATH_ERROR", `The path ${pathname} does not exist here.`);
  const route = match.methods.get(method);
  if (route) return route;
  const allowed = [...match.methods.keys()].join(", ");
  throw new Rejection(405, "METHOD_NOT_ALLOWED", `${pathname} supports ${allowed}, not ${method}.`, {
    headers: { allow: allowed },
  });
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
