import { type JsonObject, objectAt, stringsAt } from "../document/json.js";
import type { Operation } from "../document/operations.js";
import { follow } from "../document/schemas.js";
import { MEMBERS, type Member, type Taken } from "./prune.js";
import { property, requestName, resourceName, responseName } from "./resources.js";

/** Something that an entry takes and Apple's operation does not have. */
export interface UnknownTaken {
  readonly operationId: string;
  /** `include value shelf`, `attribute title of Book`. */
  readonly what: string;
}

/** It in words, as openapi/apple.json keeps it. */
export function unknownName({ operationId, what }: UnknownTaken): string {
  return `${what} (${operationId})`;
}

/** What the entries take and the operations do not have. */
export function unknownTaken(
  operations: readonly Operation[],
  taken: ReadonlyMap<string, Taken>,
  schemas: JsonObject,
): UnknownTaken[] {
  return operations.flatMap((operation) => {
    const { operationId, parameters } = operation;
    const own = taken.get(operationId) ?? {};
    const include = objectAt(parameters.get("query include") ?? {}, "schema");
    const values = [...stringsAt(include, "enum"), ...stringsAt(include.items, "enum")];
    const name = resourceName(responseName(operation), schemas) ?? requestName(operation) ?? "the response";
    const lacking = (names: readonly string[] = [], has: (name: string) => boolean, text: string) =>
      names.filter((each) => !has(each)).map((each) => ({ operationId, what: text.replace("@", each) }));
    return [
      ...lacking(own.parameters, (each) => parameters.has(`query ${each}`), "parameter @"),
      ...lacking(own.include, (each) => values.includes(each), "include value @"),
      ...MEMBERS.flatMap((key) => {
        const all = membersOf(operation, key, schemas);
        return lacking(own[key], (each) => all.has(each), `${key.slice(0, -1)} @ of ${name}`);
      }),
    ];
  });
}

/** The attributes or relationships of an operation's resource, or in its request. */
function membersOf(operation: Operation, key: Member, schemas: JsonObject): Set<string> {
  const request = requestName(operation);
  const holders = [
    schemas[resourceName(responseName(operation), schemas) ?? ""],
    ...(request === undefined ? [] : [property(follow(schemas[request], schemas), "data")]),
  ];
  return new Set(
    holders.flatMap((holder) =>
      Object.keys(objectAt(follow(property(follow(holder, schemas), key), schemas), "properties")),
    ),
  );
}
