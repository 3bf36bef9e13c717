import {
  arrayAt,
  byName,
  canonical,
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  same,
  sorted,
} from "../document/json.js";
import { type Operation, operationsOf } from "../document/operations.js";

/** The ways to authenticate, each once and with its scopes in order. */
export function normalSecurity(list: readonly Json[]): Json[] {
  const requirements = list.map((each) =>
    sorted(
      Object.entries(isObject(each) ? each : {}).map(([scheme, scopes]) => [
        scheme,
        Array.isArray(scopes) ? scopes.map(String).sort() : scopes,
      ]),
    ),
  );
  const byText = new Map(requirements.map((each) => [canonical(each), each]));
  return [...byText].sort(([a], [b]) => byName(a, b)).map(([, each]) => each);
}

/** A security scheme without `bearerFormat`, which is only a hint. The case of an HTTP scheme's name has no meaning. */
export function normalScheme(scheme: JsonObject): JsonObject {
  const { bearerFormat: _, ...rest } = scheme;
  return typeof rest.scheme === "string" ? { ...rest, scheme: rest.scheme.toLowerCase() } : rest;
}

/** The security that all operations have, if it is one, else that of the document. */
export function commonSecurity(paths: JsonObject, own: Json[]): Json {
  const general = normalSecurity(own);
  const [first = general, ...others] = [...operationsOf({ paths })].map(
    ({ body }) => body.security ?? general,
  );
  return others.every((each) => same(each, first)) ? first : general;
}

/** Leaves out the security of operations where it equals that of the document. */
export function withoutSameSecurity(paths: JsonObject, security: Json): JsonObject {
  const result = new Map(Object.entries(paths));
  for (const { path, method, body } of operationsOf({ paths })) {
    if (!same(body.security, security)) continue;
    const { security: _, ...rest } = body;
    const item = result.get(path);
    result.set(path, sorted(Object.entries({ ...(isObject(item) ? item : {}), [method]: rest })));
  }
  return sorted(result);
}

/** The security schemes that the document or one of the operations names. */
export function securitySchemes(
  document: JsonObject,
  { paths, security }: { readonly paths: JsonObject; readonly security: Json },
  normalOf: (scheme: Json, from: string) => Json,
): JsonObject {
  const requirements = [
    ...arrayAt({ security }, "security"),
    ...[...operationsOf({ paths })].flatMap(({ body }: Operation) => arrayAt(body, "security")),
  ];
  const names = new Set(requirements.flatMap((each) => Object.keys(isObject(each) ? each : {})));
  const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
  return sorted(
    Object.entries(schemes)
      .filter(([name]) => names.has(name))
      .map(([name, scheme]) => [name, normalOf(scheme, `security scheme ${name}`)]),
  );
}
