import type { Parameter, Schema } from "../../generated/document.js";
import type { Route } from "./description.js";
import { ApiError } from "./errors.js";

/** A list's page when the request does not say how long, and the included items of a relationship. */
const DEFAULT_PAGE = 50;
const DEFAULT_INCLUDED = 10;

/** The query of a request, checked against the operation's parameters. */
export interface Query {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly include: readonly string[];
  /** `fields[type]` by type. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
  /** `filter[attribute]` by attribute. */
  readonly filters: ReadonlyMap<string, ReadonlySet<string>>;
  /** `exists[relationship]` by relationship: `true` or `false`. */
  readonly exists: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many items of an included relationship are listed. */
  includedLimit(relationship: string): number;
}

export function readQuery({ parameters }: Route, url: URL): Query {
  const values = new Map<string, readonly string[]>();
  for (const [name, text] of url.searchParams) {
    const parameter =
      parameters.get(name) ?? (name === "cursor" && parameters.has("limit") ? cursor : undefined);
    if (!parameter) {
      throw new ApiError(
        400,
        "PARAMETER_ERROR.ILLEGAL",
        `The parameter '${name}' is not one of this operation.`,
        {
          source: { parameter: name },
        },
      );
    }
    if (values.has(name))
      throw invalid(name, `The parameter '${name}' is given twice; separate values by commas.`);
    values.set(name, readValue(parameter, text));
  }
  for (const { name, required } of parameters.values()) {
    if (required && !values.has(name)) {
      throw new ApiError(400, "PARAMETER_ERROR.REQUIRED", `The parameter '${name}' is needed.`, {
        source: { parameter: name },
      });
    }
  }
  return values.size === 0 ? emptyQuery : queryOf(values);
}

function queryOf(values: ReadonlyMap<string, readonly string[]>): Query {
  const number = (name: string, otherwise: number) => Number(values.get(name)?.[0] ?? otherwise);
  return {
    limit: number("limit", DEFAULT_PAGE),
    cursor: values.get("cursor")?.[0],
    include: values.get("include") ?? [],
    fields: sets(values, "fields"),
    filters: sets(values, "filter"),
    exists: sets(values, "exists"),
    includedLimit: (relationship) => number(`limit[${relationship}]`, DEFAULT_INCLUDED),
  };
}

/** Most requests have none. */
const emptyQuery = queryOf(new Map());

/** Apple's description leaves out the parameter that `links.next` adds. */
const cursor: Parameter = { name: "cursor", in: "query", schema: { type: "string" } };

function readValue({ name, schema }: Parameter, text: string): readonly string[] {
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
  const { maximum = Infinity } = schema;
  if (
    schema.type === "integer" &&
    !(/^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= maximum)
  ) {
    throw invalid(name, `'${name}' takes a number from 1 to ${maximum}.`);
  }
}

/** What stands under `kind[name]`, by name. */
function sets(values: ReadonlyMap<string, readonly string[]>, kind: string) {
  const found = new Map<string, ReadonlySet<string>>();
  for (const [name, list] of values) {
    if (name.startsWith(`${kind}[`)) found.set(name.slice(kind.length + 1, -1), new Set(list));
  }
  return found;
}

export function invalid(parameter: string, detail: string): ApiError {
  return new ApiError(400, "PARAMETER_ERROR.INVALID", detail, { source: { parameter } });
}
