import type { Change, Scope } from "../diff/change.js";
import { groupBy } from "../document/json.js";
import { title } from "../document/operations.js";
import type { Missing } from "../select/missing.js";
import type { CheckResult } from "../verify.js";
import type { NextVersion } from "./next-version.js";

/** Which file of Apple's a document was made from. */
export interface Origin {
  readonly version: string;
  readonly sha256: string;
}

/** The result of an update. `--json` prints it. */
export interface Report {
  /** What the new document is compared with: `v1.2.0`. */
  readonly base: string;
  /** The origin of the base, and of the new document. */
  readonly from: Origin;
  readonly to: Origin;
  /** Compared with the base. `unchanged`: openapi/apple.json has this file already, too. */
  readonly result: "unchanged" | "same" | "compatible" | "breaking";
  /** Whether openapi/apple.json has this file already. */
  readonly upToDate: boolean;
  /** How many operations are covered in both. */
  readonly operations: number;
  readonly changes: readonly Change[];
  readonly missing: Missing;
  /** Operations of the area that are not covered, and that the file before did not have. */
  readonly uncovered: readonly string[];
  readonly undescribed: readonly string[];
  readonly unusedWords: readonly string[];
  readonly idleCorrections: readonly string[];
  /** Entries of openapi/accepted.json without a change. */
  readonly unusedAccepted: readonly string[];
  readonly version: NextVersion;
  /** In a dry run: why the real run would write nothing. */
  readonly refusal: readonly string[];
  /** Files that were written; none in a dry run. */
  readonly written: readonly string[];
  /** Whether the project still fits; only without --no-check. */
  readonly check?: CheckResult;
}

/** Changes under one heading. */
export interface Group {
  readonly heading: string;
  readonly changes: readonly Pick<Change, "message" | "breaking" | "accepted">[];
}

/** The changes by operation, path and schema; a change that every operation has appears once, at the top. */
export function groupsOf({ changes, operations }: Report): Group[] {
  const inOperations = changes.filter((change) => "operation" in change.scope);
  const byMessage = groupBy(inOperations, (change) => change.message);
  const everywhere = [...byMessage.values()].filter((list) => operations > 2 && list.length === operations);
  const shown = new Set(everywhere.flat());
  const top = everywhere.flatMap(([first]) => (first ? [first] : []));
  const rest = groupBy(
    changes.filter((change) => !shown.has(change)),
    (change) => headingOf(change.scope),
  );
  return [
    ...(top.length > 0 ? [{ heading: `every operation (${operations})`, changes: top }] : []),
    ...[...rest].map(([heading, list]) => ({ heading, changes: list })),
  ];
}

function headingOf(scope: Scope): string {
  if ("operation" in scope) return `${title(scope)} (${scope.operation})`;
  if ("path" in scope) return `path ${scope.path}`;
  return "schema" in scope ? `schema ${scope.schema}` : "the whole API";
}

/** A change in one line, as openapi/accepted.json names it: `schema App: property attributes.sku removed`. */
export function changeText({ scope, message }: Change): string {
  return `${headingOf(scope)}: ${message}`;
}

/** Whether a change breaks users, in a word; with the reason when a maintainer accepted it. */
export function weightOf({ breaking, accepted }: Group["changes"][number]): string {
  if (breaking) return "breaking";
  return accepted === undefined ? "compatible" : `accepted (${accepted})`;
}

/** Lists for the maintainer, each with a heading, without the empty ones. */
export function notesOf(report: Report): { readonly heading: string; readonly items: readonly string[] }[] {
  return [
    { heading: "missing covered operations", items: report.missing.operations },
    { heading: "missing parameters of covered operations", items: report.missing.parameters },
    { heading: "missing, but listed in openapi/operations.json", items: report.missing.taken },
    {
      heading: "new operations of the area, not covered (openapi/operations.json)",
      items: report.uncovered,
    },
    { heading: "without description (openapi/words.json)", items: report.undescribed },
    { heading: "descriptions of what is not there (openapi/words.json)", items: report.unusedWords },
    {
      heading: "corrections with nothing to correct (scripts/codegen/correct.ts)",
      items: report.idleCorrections,
    },
    {
      heading: "accepted changes that are not there (openapi/accepted.json)",
      items: report.unusedAccepted,
    },
  ].filter(({ items }) => items.length > 0);
}

/** The result in one line. */
export function headline({ from, to, result, changes }: Report): string {
  if (result === "unchanged")
    return `The same file again, nothing to do: App Store Connect API ${to.version}, sha256 ${to.sha256}`;
  const breaking = changes.filter((change) => change.breaking).length;
  const counts =
    changes.length === 0
      ? "nothing changed"
      : `${changes.length} change${changes.length === 1 ? "" : "s"}, ${breaking || "none"} breaking`;
  return `App Store Connect API ${from.version} → ${to.version}, alternative distribution: ${counts}`;
}

const MISFITS = {
  src: "the facade no longer fits: correct src/",
  test: "a test no longer fits: correct it",
  other: "the project no longer compiles",
} as const;

/** Which files an update wrote, or why it would write none. */
export function closing({ result, upToDate, written, refusal, check }: Report): string[] {
  const lines: string[] = [];
  if (refusal.length > 0) {
    lines.push("without --dry-run, this stops with exit code 1 and writes nothing (see --allow-missing):");
    lines.push(...refusal.map((line) => `  ${line}`));
  }
  if (written.length > 0) lines.push(`written: ${written.join(", ")}`);
  else if (upToDate && result !== "unchanged") lines.push("openapi/ and generated/ hold this file already");
  if (check && !check.fits)
    lines.push(`${MISFITS[check.part]}. The files stay written. First: ${check.first}`);
  else if (check && written.length > 0) lines.push("type check and tests pass");
  return lines;
}
