import { arrayAt, isObject, type JsonObject, same, sorted, stringAt } from "./document/json.js";
import { mapSchemas } from "./document/map-schemas.js";

/** A deliberate difference between Apple's document and the one the types are generated from. */
export interface Correction {
  readonly name: string;
  readonly reason: string;
  readonly apply: (document: JsonObject) => JsonObject;
}

const CORRECTIONS: readonly Correction[] = [
  {
    name: "server-without-slash",
    reason: "Apple's server URL ends in a slash and its paths begin with one: joined, they ask for //v1/….",
    apply: (document) => ({
      ...document,
      servers: arrayAt(document, "servers").map((server) =>
        isObject(server) ? { ...server, url: (stringAt(server, "url") ?? "").replace(/\/+$/, "") } : server,
      ),
    }),
  },
  {
    name: "no-discriminators",
    reason:
      "Each schema already says its type in a one-value enum, so a discriminator adds nothing to a union. " +
      "openapi-typescript would rewrite the type of every schema it names, and the types would change with a keyword " +
      "that some of Apple's versions have and others have not.",
    apply: (document) =>
      mapSchemas(document, (schema) =>
        sorted(Object.entries(schema).filter(([key]) => key !== "discriminator")),
      ),
  },
];

/** A document with all corrections, and the names of those that found nothing to correct. */
export function correct(
  document: JsonObject,
  corrections: readonly Correction[] = CORRECTIONS,
): { readonly document: JsonObject; readonly idle: readonly string[] } {
  let corrected = document;
  const idle: string[] = [];
  for (const { name, apply } of corrections) {
    const next = apply(corrected);
    if (same(next, corrected)) idle.push(name);
    corrected = next;
  }
  return { document: corrected, idle };
}
