import { compose } from "../compose.js";
import type { Coverage } from "../coverage.js";
import type { JsonObject } from "../json.js";
import { generateDocument } from "./document.js";
import { generateEndpoints } from "./endpoints.js";
import { header, pageHeader } from "./header.js";
import { generateReference } from "./reference.js";
import { generateTypes } from "./types.js";

/** Everything in generated/, path by path. The same documents and words give the same bytes. */
export async function generate(apple: JsonObject, coverage: Coverage): Promise<Map<string, string>> {
  const { document } = compose(apple, coverage);
  return new Map([
    ["generated/README.md", `${pageHeader}\n${generateReference(document, coverage)}`],
    ["generated/document.ts", `${header}\n${generateDocument(document)}`],
    ["generated/endpoints.ts", `${header}\n${generateEndpoints(document, coverage)}`],
    ["generated/paths.ts", `${header}${await generateTypes(document)}`],
  ]);
}
