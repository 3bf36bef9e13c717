import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Coverage, readCommitted, readCoverage } from "../../../scripts/codegen/coverage.js";
import { diff } from "../../../scripts/codegen/diff/diff.js";
import {
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  pretty,
  stringAt,
} from "../../../scripts/codegen/document/json.js";
import { operationsOf } from "../../../scripts/codegen/document/operations.js";
import { schemasOf } from "../../../scripts/codegen/document/schemas.js";
import { generateTypes } from "../../../scripts/codegen/generate/types.js";
import type { Taken } from "../../../scripts/codegen/select/prune.js";
import { select } from "../../../scripts/codegen/select/select.js";
import { readSource } from "../../../scripts/codegen/source/source.js";
import { update } from "../../../scripts/codegen/update.js";
import { assignments, typeErrors } from "./support/compile.js";
import { folder, tree } from "./support/library.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const coverage = await readCoverage(project);
const committed = await readCommitted(project);

// Apple's file is not part of this project: these tests run where the environment says where it is.
const file = process.env.APPLE_SPEC;
const source = file === undefined ? undefined : await readSource(file);
const document = source?.document ?? {};
const isComplete = Object.keys(objectAt(document, "paths")).length > 100;
const name = source ? `${source.version}${isComplete ? ", complete" : ""}` : "not given in APPLE_SPEC";

/** Sentences that people wrote: long enough not to be a name. */
function* sentences(value: Json): Generator<string> {
  const members = isObject(value) ? Object.entries(value) : Array.isArray(value) ? value.entries() : [];
  for (const [key, each] of members) {
    if (typeof each === "string" && /^(description|summary|title)$/.test(String(key))) {
      if (each.includes(" ") && each.length > 12) yield each;
    } else yield* sentences(each);
  }
}

async function copy(): Promise<string> {
  const root = await folder();
  for (const each of ["openapi", "package.json"])
    await cp(join(project, each), join(root, each), { recursive: true });
  return root;
}

function whole(operations: Coverage["operations"]): Map<string, Taken> {
  return new Map([...operations.keys()].map((id) => [id, {}]));
}

describe.skipIf(!source)(`with Apple's file (${name})`, { timeout: 60_000 }, () => {
  test("an update writes nothing that Apple wrote", async () => {
    const root = await copy();
    const report = await update({ root, source: file ?? "", allowMissing: true, check: false });
    const written = Object.values(await tree(root)).join("\n");
    const texts = new Set(sentences({ ...document, info: {} }));
    expect([...texts].filter((sentence) => written.includes(sentence))).toEqual([]);
    expect(report.to).toEqual({ sha256: source?.sha256, version: source?.version });
  });

  test("selecting twice gives the same as selecting once", () => {
    const once = select(document, coverage.operations).document;
    expect(pretty(select(once, coverage.operations).document)).toBe(pretty(once));
  });

  test("every value of a whole type is one of the pruned type", async () => {
    const pruned = select(document, coverage.operations);
    const full = select(document, whole(coverage.operations)).document;
    expect(pruned.pruned.size).toBeGreaterThan(0);
    const files = {
      "full.ts": await generateTypes(full),
      "pruned.ts": await generateTypes(pruned.document),
      "check.ts": assignments(Object.keys(schemasOf(pruned.document))),
    };
    expect(typeErrors(files)).toEqual([]);
    // The other way round, something is missing.
    const swapped = { ...files, "full.ts": files["pruned.ts"], "pruned.ts": files["full.ts"] };
    expect(typeErrors(swapped)).not.toEqual([]);
  });

  test.skipIf(!isComplete)(
    "an operation of another area is covered by one entry and one update",
    async () => {
      const root = await copy();
      const entry = {
        summary: "Read one build",
        include: ["app"],
        attributes: ["version"],
        relationships: ["app"],
      };
      const operations = JSON.parse((await tree(root))["openapi/operations.json"] ?? "");
      operations.operations.builds_getInstance = entry;
      await writeFile(join(root, "openapi/operations.json"), JSON.stringify(operations));
      await update({ root, source: file ?? "", allowMissing: true, check: false });
      const types = (await tree(root))["generated/paths.ts"] ?? "";
      expect(types).toContain("builds_getInstance: {");
      expect(types).toContain("export type Build = ");
      expect(types).not.toMatch(/usesNonExemptEncryption|betaGroups|BetaGroup|preReleaseVersion/);
    },
  );

  test.skipIf(isComplete)("each of its operations is a typed path", () => {
    const operations = [...operationsOf(document)].map(({ operationId }) => operationId);
    expect(operations.filter((id) => !coverage.operations.has(id))).toEqual([]);
    expect([...coverage.operations.keys()].filter((id) => !operations.includes(id))).toEqual([]);
  });

  // What is known of these two versions; each is named by its checksum, as an edited file is another one.
  const from370 =
    source?.sha256 === "e7c503f58564a719a977ac38353e006af7c3b529be7c2657a7104c8e0a0fb1c8" &&
    stringAt(objectAt(committed, "x-source"), "sha256") ===
      "0b7ee4a05cff76d75fd466eb115604bb9114109afae61062d7b030e36e7fd286";
  test.skipIf(!from370)("from 3.7.0 to 4.5.1 and back, every change in the area is found", () => {
    const isOfArea = (id: string) =>
      /^(alternativeDistribution|marketplace)|_(alternativeDistribution|marketplace)/.test(id);
    const area = new Map([...coverage.operations.keys()].filter(isOfArea).map((id) => [id, {}]));
    const [old, now] = [select(document, area).document, select(committed, area).document];
    const messages = (a: JsonObject, b: JsonObject) =>
      diff(a, b).map(({ scope, message, breaking }) => {
        const where = "schema" in scope ? scope.schema : "operation" in scope ? scope.operation : "API";
        return `${breaking ? "! " : ""}${where}: ${message}`;
      });
    const there = messages(old, now);
    expect(messages(now, old)).toHaveLength(there.length);
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
    expect(count(/^AlternativeDistributionPackageVersions?Response: discriminator of included added$/)).toBe(
      2,
    );
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

test("the committed document is in the form that a selection has", () => {
  const { "x-source": origin, ...own } = committed;
  expect(pretty(select(committed, coverage.operations).document)).toBe(pretty(own));
  expect(diff(own, own)).toEqual([]);
  expect(stringAt(origin, "sha256")).toMatch(/^[0-9a-f]{64}$/);
});
