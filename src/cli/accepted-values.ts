import { document } from "../../generated/document.js";
import { endpoints } from "../../generated/endpoints.js";
import type { OperationId } from "../http/url.js";

/** The values that Apple accepts for a parameter of a list, as its specification says. */
export function acceptedValues(list: OperationId, parameter: string): readonly string[] {
  const operation = document.paths[endpoints[list].path]?.get;
  const { schema } = operation?.parameters?.find(({ name }) => name === parameter) ?? {};
  const name = schema?.items?.$ref?.split("/").at(-1);
  return (name === undefined ? schema?.items : document.components.schemas[name])?.enum ?? [];
}
