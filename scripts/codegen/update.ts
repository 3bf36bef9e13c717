import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compose } from "./compose/compose.js";
import { type Accepted, type Coverage, readCommitted, readCoverage } from "./coverage.js";
import type { Change } from "./diff/change.js";
import { diff } from "./diff/diff.js";
import { type JsonObject, objectAt, pretty, same, sorted, stringAt, stringsAt } from "./document/json.js";
import { operationsById } from "./document/operations.js";
import { oneLine, SpecError } from "./document/spec.js";
import { type Base, lastRelease } from "./release.js";
import { nextVersion } from "./report/next-version.js";
import { changeText, type Origin, type Report } from "./report/report.js";
import { selectCovered } from "./select/covered.js";
import { findMissing, type Missing } from "./select/missing.js";
import { findNearby } from "./select/nearby.js";
import { type Selection, select } from "./select/select.js";
import { readSource, SOURCE_LIMITS, type Source } from "./source/source.js";
import { locked, readGenerated, writeFiles } from "./write.js";

export interface UpdateOptions {
  /** The project's folder. */
  readonly root: string;
  /** A zip, a JSON file, or the URL of either. */
  readonly source: string;
  /** Write nothing. */
  readonly dryRun?: boolean;
  /** Go on when something that is covered is missing. */
  readonly allowMissing?: boolean;
  /** Type check and test what was written. @default true */
  readonly check?: boolean;
  readonly limits?: typeof SOURCE_LIMITS;
}

const APPLE = "openapi/apple.json";

/**
 * Updates the project to a new specification: reads it, compares it with the last release and, unless it is a dry run,
 * writes openapi/apple.json and generated/ and checks that the project still fits.
 * @throws SpecError when nothing could be done; nothing is written then
 */
export async function update(options: UpdateOptions): Promise<Report> {
  const { root, dryRun = false, allowMissing = false, check = true } = options;
  const source = await readSource(options.source, options.limits ?? SOURCE_LIMITS);
  if (dryRun) {
    const { report, missing } = await plan(root, options.source, source);
    return { ...report, refusal: allowMissing ? [] : missingLines(missing) };
  }
  const report = await locked(root, async () => {
    const planned = await plan(root, options.source, source);
    return writePlan(root, planned, allowMissing);
  });
  if (!check) return report;
  const { typeCheck, verify } = await import("./verify.js");
  // Without new files the tests have nothing new to test, but src/ may still not compile since an earlier run.
  return { ...report, check: report.written.length > 0 ? await verify(root) : await typeCheck(root) };
}

/** What an update will write, and its report. */
interface Plan {
  readonly report: Report;
  readonly missing: Missing;
  /** The new openapi/apple.json. */
  readonly apple: JsonObject;
  readonly selection: Selection;
  readonly coverage: Coverage;
}

async function plan(root: string, name: string, source: Source): Promise<Plan> {
  const [coverage, committed] = await Promise.all([readCoverage(root), readCommitted(root)]);
  const base = await lastRelease(root, committed);
  const selection = selectCovered(source.document, coverage);
  const operations = operationsById(selection.document);
  if (operations.size === 0) {
    throw new SpecError(`${name} has none of the ${coverage.operations.size} covered operations`);
  }
  const missing = findMissing({ committed, source: source.document, selection }, coverage);
  const uncovered = findNearby(source.document, coverage);
  const apple = withSource(selection.document, source, { missing: missing.names, uncovered });
  const before = select(base.document, allOf(base.document)).document;
  const { changes, unusedAccepted } = withAccepted(diff(before, selection.document), coverage.accepted);
  const composed = compose(selection, coverage);
  const isUpToDate = same(apple, committed);
  const known = stringsAt(objectAt(committed, "x-source"), "uncovered");
  const report: Report = {
    base: base.name,
    from: originOf(base),
    to: { version: source.version, sha256: source.sha256 },
    result: isUpToDate && changes.length === 0 ? "unchanged" : resultOf(changes),
    upToDate: isUpToDate,
    operations: [...operationsById(before).keys()].filter((id) => operations.has(id)).length,
    changes,
    missing,
    uncovered: uncovered.filter((operation) => !known.includes(operation)),
    undescribed: composed.words.undescribed,
    unusedWords: composed.words.unused,
    idleCorrections: composed.idleCorrections,
    unusedAccepted,
    version: nextVersion(await packageVersion(root), changes),
    refusal: [],
    written: [],
  };
  return { report, missing, apple, selection, coverage };
}

async function writePlan(
  root: string,
  { report, missing, apple, selection, coverage }: Plan,
  allowMissing: boolean,
): Promise<Report> {
  const refusal = missingLines(missing);
  if (!report.upToDate && refusal.length > 0 && !allowMissing) {
    throw new SpecError(
      ["nothing was written; --allow-missing goes on without what is missing", ...refusal].join("\n"),
    );
  }
  // Imported here, as a dry run generates nothing.
  const { generate } = await import("./generate/generate.js");
  const generated = await generate(selection, coverage);
  const present = await readGenerated(root);
  const isSame =
    present.size === generated.size && [...generated].every(([path, text]) => present.get(path) === text);
  if (report.upToDate && isSame) return report;
  const files = new Map([[APPLE, pretty(apple)], ...generated]);
  await writeFiles(root, files);
  return { ...report, written: [...files.keys()] };
}

/** One line for each thing that is missing. */
function missingLines({ operations, parameters, taken }: Missing): string[] {
  return [
    ...operations.map((name) => `missing operation: ${name}`),
    ...parameters.map((name) => `missing parameter: ${name}`),
    ...taken.map((name) => `missing ${name}`),
  ];
}

/** Changes that a maintainer accepted do not count as breaking. Entries that match no change are returned as well. */
function withAccepted(changes: readonly Change[], accepted: readonly Accepted[]) {
  const used = new Set<string>();
  const result = changes.map((change) => {
    const entry = accepted.find((each) => change.breaking && each.change === changeText(change));
    if (!entry) return change;
    used.add(entry.change);
    return { ...change, breaking: false, accepted: entry.reason };
  });
  const unusedAccepted = accepted.map(({ change }) => change).filter((change) => !used.has(change));
  return { changes: result, unusedAccepted };
}

function allOf(document: JsonObject): Map<string, object> {
  return new Map([...operationsById(document).keys()].map((id) => [id, {}]));
}

/** The selection with where it came from: the same for a file and for a URL. */
function withSource(
  selection: JsonObject,
  { version, sha256 }: Source,
  { missing, uncovered }: { missing: readonly string[]; uncovered: readonly string[] },
): JsonObject {
  const source = {
    ...(missing.length > 0 && { missing: [...missing] }),
    sha256,
    uncovered: [...uncovered],
    version,
  };
  return sorted([...Object.entries(selection), ["x-source", source]]);
}

function originOf({ document }: Base): Origin {
  const source = objectAt(document, "x-source");
  return { version: stringAt(source, "version") ?? "", sha256: stringAt(source, "sha256") ?? "" };
}

function resultOf(changes: readonly Change[]): Report["result"] {
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
