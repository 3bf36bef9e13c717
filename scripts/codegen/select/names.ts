import type { JsonObject } from "../document/json.js";
import { operationsOf, title } from "../document/operations.js";
import { schemasOf } from "../document/schemas.js";
import { SpecError } from "../document/spec.js";

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const PATH = /^(\/(\{\w+\}|[\w.~-]+))+$/;
const OPERATION = /^[\w.-]+$/;
const PARAMETER = /^[\w.$[\]-]+$/;

/** Words that TypeScript does not allow as the name of a type, and names that the generated types use. */
const TAKEN = new Set(
  (
    "any as async await bigint boolean break case catch class const continue debugger declare default delete do else " +
    "enum export extends false finally for function if implements import in instanceof interface let never new null " +
    "number object package private protected public return static string super switch symbol this throw true try " +
    "type typeof undefined unknown var void while with yield " +
    "$defs Array OneOf Omit ReadonlyArray Record WithRequired components operations paths webhooks"
  ).split(" "),
);

/**
 * Refuses names that would become code. Schemas become types of the same name; paths and parameters become keys and
 * comments.
 * @throws SpecError
 */
export function checkNames(selection: JsonObject): void {
  for (const name of Object.keys(schemasOf(selection))) {
    if (IDENTIFIER.test(name) && !TAKEN.has(name)) continue;
    throw new SpecError(`schema ${JSON.stringify(name)} cannot be the name of a type`);
  }
  for (const operation of operationsOf(selection)) {
    if (!OPERATION.test(operation.operationId)) {
      const name = JSON.stringify(operation.operationId);
      throw new SpecError(
        `${title(operation)} has the operationId ${name}, which cannot be a name in the reference`,
      );
    }
    if (!PATH.test(operation.path)) {
      throw new SpecError(
        `path ${JSON.stringify(operation.path)} has characters that no path of Apple's has`,
      );
    }
    for (const { name } of operation.parameters.values()) {
      if (typeof name === "string" && PARAMETER.test(name)) continue;
      throw new SpecError(`${title(operation)} has a parameter with the name ${JSON.stringify(name)}`);
    }
  }
}
