import { document } from "../../generated/document.js";
import { endpoints } from "../../generated/endpoints.js";
import type { ListOperation, QueryOf } from "../resources/operations.js";

/** The values that Apple accepts for a parameter of a list, as its specification says. */
export function acceptedValues<Id extends ListOperation>(
  list: Id,
  parameter: keyof QueryOf<Id>,
): readonly string[] {
  const operation = document.paths[endpoints[list].path]?.get;
  const { schema } = operation?.parameters?.find(({ name }) => name === parameter) ?? {};
  const name = schema?.items?.$ref?.split("/").at(-1);
  return (name === undefined ? schema?.items : document.components.schemas[name])?.enum ?? [];
}
