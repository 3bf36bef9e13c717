import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compose } from "./compose/compose.js";
import { readCommitted, readCoverage } from "./coverage.js";
import { diff } from "./diff/diff.js";
import { type JsonObject, objectAt, pretty, same, sorted, stringAt, stringsAt } from "./document/json.js";
import { operationsById } from "./document/operations.js";
import { oneLine, SpecError } from "./document/spec.js";
import { generate } from "./generate/generate.js";
import { nextVersion } from "./report/next-version.js";
import type { Origin, Report } from "./report/report.js";
import { findMissing, type Missing } from "./select/missing.js";
import { findNearby } from "./select/nearby.js";
import { select } from "./select/select.js";
import { readSource, SOURCE_LIMITS, type Source } from "./source/source.js";
import { verify } from "./verify.js";
import { recover, writeAtomically } from "./write.js";

export interface UpdateOptions {
  /** The project's folder. */
  readonly root: string;
  /** A zip, a JSON file, or the URL of either. */
  readonly source: string;
  /** Write nothing. */
  readonly dryRun?: boolean;
  /** Go on when covered operations or parameters of them are missing. */
  readonly allowMissing?: boolean;
  /** Type check and test what was written; on by default. */
  readonly check?: boolean;
  readonly limits?: typeof SOURCE_LIMITS;
}

/** The error when the new specification lacks what we cover, and that was not allowed. */
function missingError({ operations, parameters }: Missing): SpecError {
  const names = [
    ...operations.map((name) => `missing operation: ${name}`),
    ...parameters.map((name) => `missing parameter: ${name}`),
  ];
  return new SpecError(
    `nothing was written; --allow-missing goes on without what is missing\n${names.join("\n")}`,
  );
}

/**
 * Takes in a new specification: reads it, compares it with the committed document, and unless it is a dry run
 * writes openapi/ and generated/ and checks that the facade still fits.
 * @throws SpecError when nothing could be done; nothing is written then.
 */
export async function update(options: UpdateOptions): Promise<Report> {
  const { root, dryRun = false, allowMissing = false, check = true } = options;
  if (!dryRun) await recover(root);
  const [source, coverage, committed] = await Promise.all([
    readSource(options.source, options.limits ?? SOURCE_LIMITS),
    readCoverage(root),
    readCommitted(root),
  ]);
  const selection = select(source.document, new Set(coverage.operations.keys()));
  const operations = operationsById(selection);
  if (operations.size === 0) {
    throw new SpecError(`${options.source} has none of the ${coverage.operations.size} covered operations`);
  }
  const apple = withSource(selection, source, findNearby(source.document, coverage));
  const unchanged = same(apple, committed);
  const missing = findMissing(committed, selection, source.document, coverage);
  const changes = diff(committed, selection);
  const composed = compose(apple, coverage);
  const before = originOf(committed);
  const report: Report = {
    from: before,
    to: originOf(apple),
    result: unchanged ? "unchanged" : resultOf(changes),
    operations: [...operationsById(committed).keys()].filter((id) => operations.has(id)).length,
    changes,
    missing,
    uncovered: nearbyOf(apple).filter((operation) => !nearbyOf(committed).includes(operation)),
    undescribed: composed.words.undescribed,
    unusedWords: composed.words.unused,
    idleCorrections: composed.idleCorrections,
    version: nextVersion(await packageVersion(root), changes),
    written: [],
  };
  if (dryRun || unchanged) return report;
  if (missing.operations.length + missing.parameters.length > 0 && !allowMissing) throw missingError(missing);

  const files = new Map([["openapi/apple.json", pretty(apple)], ...(await generate(apple, coverage))]);
  await writeAtomically(root, files, ["generated"]);
  const written = { ...report, written: [...files.keys()] };
  return check ? { ...written, check: await verify(root) } : written;
}

/** The selection, with where it came from: the same whether it was a file or a URL. */
function withSource(selection: JsonObject, { version, sha256 }: Source, uncovered: string[]): JsonObject {
  return sorted([...Object.entries(selection), ["x-source", { sha256, uncovered, version }]]);
}

function originOf(document: JsonObject): Origin {
  const source = objectAt(document, "x-source");
  return { version: stringAt(source, "version") ?? "", sha256: stringAt(source, "sha256") ?? "" };
}

function nearbyOf(document: JsonObject) {
  return stringsAt(objectAt(document, "x-source"), "uncovered");
}

function resultOf(changes: readonly { readonly breaking: boolean }[]): Report["result"] {
  if (changes.length === 0) return "same";
  return changes.some((change) => change.breaking) ? "breaking" : "compatible";
}

async function packageVersion(root: string): Promise<string> {
  try {
    return stringAt(JSON.parse(await readFile(join(root, "package.json"), "utf8")), "version") ?? "0.0.0";
  } catch (error) {
    throw new SpecError(`package.json cannot be read: ${oneLine(error)}`);
  }
}
