import type { GlobalContext, astToString as print, resolveRef as resolve } from "openapi-typescript";
import type { JsonObject } from "../json.js";

/**
 * openapi-typescript without its front door, which loads redocly to fetch and lint documents: ours is read and
 * checked already, and without it generating takes a quarter less time. Loaded only when something is generated.
 */
const inside = "openapi-typescript/dist";

interface Parts {
  transform: {
    default: (document: JsonObject, context: Partial<GlobalContext>) => Parameters<typeof print>[0];
  };
  printer: { astToString: typeof print };
  references: { resolveRef: typeof resolve };
}

/** The types of a document, as TypeScript text: root types under the schemas' own names. */
export async function printTypes(document: JsonObject): Promise<string> {
  const [{ default: transform }, { astToString }, { resolveRef }]: [
    Parts["transform"],
    Parts["printer"],
    Parts["references"],
  ] = await Promise.all([
    import(`${inside}/transform/index.mjs`),
    import(`${inside}/lib/ts.mjs`),
    import(`${inside}/lib/utils.mjs`),
  ]);
  const context = {
    additionalProperties: false,
    defaultNonNullable: true,
    discriminators: { objects: {}, refsHandled: [] },
    injectFooter: [],
    resolve: <T>($ref: string) => resolveRef<T>(document, $ref, { silent: true }),
    rootTypes: true,
    rootTypesKeepCasing: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
  };
  return astToString(transform(document, context));
}
