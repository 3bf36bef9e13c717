import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCommitted, readCoverage } from "../../../scripts/codegen/coverage.js";
import { diff } from "../../../scripts/codegen/diff/diff.js";
import {
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  pretty,
  stringAt,
} from "../../../scripts/codegen/document/json.js";
import { select } from "../../../scripts/codegen/select/select.js";
import { readSource } from "../../../scripts/codegen/source/source.js";
import { update } from "../../../scripts/codegen/update.js";
import { folder, tree } from "./support/library.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const apple = process.env.APPLE_SPEC;

/** Sentences that people wrote: long enough not to be a name. */
function* sentences(value: Json): Generator<string> {
  for (const [key, each] of isObject(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? value.entries()
      : []) {
    if (typeof each === "string" && /^(description|summary|title)$/.test(String(key))) {
      if (each.includes(" ") && each.length > 12) yield each;
    } else yield* sentences(each);
  }
}

// Apple's file is not part of this project: these run where the environment says where it is.
if (apple) {
  describe(`on Apple's file ${apple}`, { timeout: 60_000 }, () => {
    test("an update writes nothing that Apple wrote", async () => {
      const root = await folder();
      for (const name of ["openapi", "package.json"]) {
        await cp(join(project, name), join(root, name), { recursive: true });
      }
      const report = await update({ root, source: apple, allowMissing: true, check: false });
      const written = Object.values(await tree(root)).join("\n");
      const { document, sha256, version } = await readSource(apple);
      const found = [...new Set(sentences({ ...document, info: {} }))].filter((sentence) =>
        written.includes(sentence),
      );
      expect(found).toEqual([]);
      expect(report.to).toEqual({ sha256, version });
    });

    test("selecting twice is selecting once", async () => {
      const { operations } = await readCoverage(project);
      const once = select((await readSource(apple)).document, new Set(operations.keys()));
      expect(pretty(select(once, new Set(operations.keys())))).toBe(pretty(once));
    });

    test("from 3.7.0 to 4.5.1, what changed is all found, and back", async () => {
      const { operations } = await readCoverage(project);
      const { document, version } = await readSource(apple);
      const committed = await readCommitted(project);
      const now = stringAt(objectAt(committed, "info"), "version");
      const old = select(document, new Set(operations.keys()));
      const messages = (a: JsonObject, b: JsonObject) =>
        diff(a, b).map(({ scope, message, breaking }) => {
          const where = "schema" in scope ? scope.schema : "operation" in scope ? scope.operation : "API";
          return `${breaking ? "! " : ""}${where}: ${message}`;
        });
      const there = messages(old, committed);
      const back = messages(committed, old);
      expect(back).toHaveLength(there.length);
      expect(diff(committed, committed)).toEqual([]);
      if (version !== "3.7.0" || now !== "4.5.1") return;

      const count = (pattern: RegExp) => there.filter((line) => pattern.test(line)).length;
      expect(there.filter((line) => line.startsWith("!"))).toEqual([]);
      expect(count(/: operation added: GET .*\/relationships\//)).toBe(6);
      expect(count(/Linkages?Response: schema added$/)).toBe(6);
      expect(count(/: response 429 added$/)).toBe(26);
      expect(count(/_deleteInstance: response 409 removed$/)).toBe(4);
      expect(count(/^Checksum(s|Algorithm): schema added$/)).toBe(2);
      expect(
        count(/enum value sourceFileChecksum added to parameter fields\[alternativeDistributionPackages\]$/),
      ).toBe(3);
      expect(count(/^MarketplaceWebhook\w*: schema is deprecated$/)).toBe(5);
      expect(count(/^marketplaceWebhooks_\w+: operation is deprecated$/)).toBe(4);
      expect(count(/UpdateRequest: data\.attributes\.(catalogUrl|endpointUrl|secret) is now nullable$/)).toBe(
        3,
      );
      expect(
        count(/^AlternativeDistributionPackageVersions?Response: discriminator of included added$/),
      ).toBe(2);
      expect(there).toContain(
        "AlternativeDistributionPackage: property attributes added, with sourceFileChecksum",
      );
      expect(there).toContain("PagingInformation: property paging.nextCursor added");
      expect(there).toContain(
        "alternativeDistributionPackageVersions_getInstance: parameter fields[alternativeDistributionPackages] added",
      );
      expect(there).toHaveLength(6 + 6 + 26 + 4 + 2 + 3 + 5 + 4 + 3 + 2 + 3);
    });
  });
}

test("the committed document is in the form that a selection has", async () => {
  const { operations } = await readCoverage(project);
  const committed = await readCommitted(project);
  const { "x-source": source, ...document } = committed;
  expect(pretty(select(committed, new Set(operations.keys())))).toBe(pretty(document));
  expect(stringAt(source, "sha256")).toMatch(/^[0-9a-f]{64}$/);
});
