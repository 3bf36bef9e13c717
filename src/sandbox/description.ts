import { document, type Operation, type Parameter, type Schema } from "../../generated/document.js";
import type { operations } from "../../generated/paths.js";

/** Apple's name of an operation. */
export type OperationId = keyof operations;

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
  readonly method: string;
  /** The type whose path this is: `apps` in `/v1/apps/{id}/alternativeDistributionKey`. */
  readonly type: string;
  /** The relationship the path follows, if it does. */
  readonly relationship?: string;
  /** Answers `{ type, id }` only. */
  readonly linkage: boolean;
  /** Answers a list. */
  readonly many: boolean;
  /** The type of what is answered; empty for a DELETE. */
  readonly target: string;
}

export function resolve(schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return (name === undefined ? schema : document.components.schemas[name]) ?? {};
}

export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
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
export const paths: ReadonlyMap<string, ReadonlyMap<string, Route>> = new Map(
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

export const routes: readonly Route[] = [...paths.values()].flatMap((methods) => [...methods.values()]);

function routeOf(path: string, method: string, operation: Operation): Route {
  const [type = "", , ...rest] = path.split("/").slice(2);
  const relationship = rest.at(-1);
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
    ...(relationship !== undefined && { relationship }),
    linkage: rest.length === 2,
    many: data.type === "array",
    target: single.properties?.type?.enum?.[0] ?? "",
  };
}

/** The name under which `parent` links to `target` in a path of its own, if it does. */
export function relationshipTo(parent: string, target: string): string | undefined {
  return routes.find((route) => route.type === parent && route.target === target && !route.linkage)
    ?.relationship;
}
