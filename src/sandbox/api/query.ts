import type { Parameter, Schema } from "../../../generated/document.js";
import { Rejection } from "../rejection.js";
import { type Resource, relatedTo } from "../state/resource.js";
import type { Coverage } from "./coverage.js";
import type { Route } from "./operations.js";

/** Items of a page when the request does not say how many, and of an included relationship. */
const DEFAULT_PAGE = 50;
const DEFAULT_INCLUDED = 10;

/** The query of a request, checked against the operation's parameters. */
export interface Query {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly include: readonly string[];
  /** `fields[type]` by type. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
  /** What an item of a list must fulfil: `filter[name]` and `exists[relationship]`. */
  readonly conditions: readonly ((item: Resource) => boolean)[];
  /** Attributes to sort a list by, the first one first; `-` before a name reverses the order. */
  readonly sort: readonly string[];
  /** How many items of an included relationship are listed. */
  includedLimit(relationship: string): number;
}

/** The values of each parameter, by its name. */
type Values = ReadonlyMap<string, readonly string[]>;

/**
 * Applies every parameter, or rejects it by name.
 * @throws Rejection (400)
 */
export function readQuery(route: Route, url: URL, coverage: Coverage): Query {
  const values = readValues(route, url);
  if (values.size === 0) return EMPTY_QUERY;
  const conditions = [];
  for (const [name, list] of values) {
    const applied = apply(name, list, route, coverage);
    if (!applied)
      throw illegal(name, `The sandbox does not implement the parameter '${name}' of this operation.`);
    if (applied !== true) conditions.push(applied);
  }
  return queryOf(values, conditions);
}

function queryOf(values: Values, conditions: Query["conditions"]): Query {
  const number = (name: string, otherwise: number) => Number(values.get(name)?.[0] ?? otherwise);
  const fields = new Map<string, ReadonlySet<string>>();
  for (const [name, list] of values) {
    const { kind, member } = partsOf(name);
    if (kind === "fields" && member !== undefined) fields.set(member, new Set(list));
  }
  return {
    limit: number("limit", DEFAULT_PAGE),
    cursor: values.get("cursor")?.[0],
    include: values.get("include") ?? [],
    fields,
    conditions,
    sort: values.get("sort") ?? [],
    includedLimit: (relationship) => number(`limit[${relationship}]`, DEFAULT_INCLUDED),
  };
}

/** Made once, because most requests have no query. */
const EMPTY_QUERY = queryOf(new Map(), []);

/** Whether the sandbox does what the parameter says: no, yes, or yes by this condition for the items of a list. */
function apply(
  name: string,
  values: readonly string[],
  { target, many }: Route,
  coverage: Coverage,
): boolean | ((item: Resource) => boolean) {
  const { kind, member } = partsOf(name);
  if (member === undefined) {
    if (kind === "limit" || kind === "cursor") return many;
    if (kind === "include") return values.every((value) => coverage.hasRelationship(target, value));
    if (kind !== "sort") return false;
    return many && values.every((value) => coverage.hasAttribute(target, value.replace(/^-/, "")));
  }
  if (kind === "fields") return true;
  if (kind === "limit") return coverage.hasRelationship(target, member);
  const wanted = new Set(values);
  if (kind === "filter" && many) {
    return coverage.filterOf(target, member)?.(wanted) ?? false;
  }
  if (kind !== "exists" || !many || !coverage.hasRelationship(target, member)) return false;
  return (item) => wanted.has(String(relatedTo(item, member).length > 0));
}

/** `filter[state]` is the kind `filter` and the member `state`. */
function partsOf(name: string): { readonly kind: string; readonly member: string | undefined } {
  const [, kind = name, member] = /^(\w+)\[(.+)\]$/.exec(name) ?? [];
  return { kind, member };
}

/** Apple's description leaves out the parameter that `links.next` adds. */
const CURSOR: Parameter = { name: "cursor", in: "query", schema: { type: "string" } };

function readValues({ parameters }: Route, url: URL): Values {
  const values = new Map<string, readonly string[]>();
  for (const [name, text] of url.searchParams) {
    const parameter =
      parameters.get(name) ?? (name === "cursor" && parameters.has("limit") ? CURSOR : undefined);
    if (!parameter) throw illegal(name, `This operation has no parameter '${name}'.`);
    if (values.has(name)) {
      throw invalid(name, `The parameter '${name}' is given twice; separate values by commas.`);
    }
    values.set(name, valuesOf(parameter, text));
  }
  for (const { name, required } of parameters.values()) {
    if (!required || values.has(name)) continue;
    throw new Rejection(400, "PARAMETER_ERROR.REQUIRED", `The parameter '${name}' is missing.`, {
      source: { parameter: name },
    });
  }
  return values;
}

function valuesOf({ name, schema }: Parameter, text: string): readonly string[] {
  const values = schema.type === "array" ? text.split(",") : [text];
  for (const value of values) checkValue(name, schema.items ?? schema, value);
  return values;
}

function checkValue(name: string, schema: Schema, value: string): void {
  if (schema.enum && !schema.enum.includes(value)) {
    throw invalid(name, `'${value}' is not a value of '${name}'; it takes ${schema.enum.join(", ")}.`);
  }
  if (schema.type === "boolean" && value !== "true" && value !== "false") {
    throw invalid(name, `'${name}' takes true or false.`);
  }
  if (schema.type !== "integer") return;
  const { maximum = Infinity } = schema;
  if (!/^\d{1,9}$/.test(value) || Number(value) < 1 || Number(value) > maximum) {
    throw invalid(name, `'${name}' takes a number from 1 to ${maximum}.`);
  }
}

function illegal(parameter: string, detail: string): Rejection {
  return new Rejection(400, "PARAMETER_ERROR.ILLEGAL", detail, { source: { parameter } });
}

export function invalid(parameter: string, detail: string): Rejection {
  return new Rejection(400, "PARAMETER_ERROR.INVALID", detail, { source: { parameter } });
}
