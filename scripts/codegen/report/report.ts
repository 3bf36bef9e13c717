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

/** What an update found, and did. `--json` prints it as it stands. */
export interface Report {
  readonly from: Origin;
  readonly to: Origin;
  /** `unchanged`: the same file again. `same`: another file, in which nothing changed for us. */
  readonly result: "unchanged" | "same" | "compatible" | "breaking";
  /** How many operations are covered in both. */
  readonly operations: number;
  readonly changes: readonly Change[];
  readonly missing: Missing;
  /** Operations near the area that are not covered, and that the file before did not have. */
  readonly uncovered: readonly string[];
  readonly undescribed: readonly string[];
  readonly unusedWords: readonly string[];
  readonly idleCorrections: readonly string[];
  readonly version: NextVersion;
  /** Files that were written; none in a dry run. */
  readonly written: readonly string[];
  /** Whether the facade still fits; only after writing. */
  readonly check?: CheckResult;
}

/** Changes under one heading. */
export interface Group {
  readonly heading: string;
  readonly changes: readonly { readonly message: string; readonly breaking: boolean }[];
}

/** The changes by operation and schema; what changed in every operation is said once, at the top. */
export function groupsOf({ changes, operations }: Report): Group[] {
  const inOperations = changes.filter((change) => "operation" in change.scope);
  const byMessage = groupBy(inOperations, (change) => change.message);
  const everywhere = [...byMessage.values()].filter((list) => operations > 2 && list.length === operations);
  const said = new Set(everywhere.flat());
  const top = everywhere.flatMap(([first]) => (first ? [first] : []));
  const rest = groupBy(
    changes.filter((change) => !said.has(change)),
    (change) => heading(change.scope),
  );
  return [
    ...(top.length > 0 ? [{ heading: `every operation (${operations})`, changes: top }] : []),
    ...[...rest].map(([heading, list]) => ({ heading, changes: list })),
  ];
}

function heading(scope: Scope): string {
  if ("operation" in scope) return `${title(scope)} (${scope.operation})`;
  return "schema" in scope ? `schema ${scope.schema}` : "the whole API";
}

/** Lists for a maintainer to look at, with what each is; empty ones are left out. */
export function notesOf(report: Report): { readonly heading: string; readonly items: readonly string[] }[] {
  return [
    { heading: "missing covered operations", items: report.missing.operations },
    { heading: "missing parameters of covered operations", items: report.missing.parameters },
    {
      heading: "new operations near the area, not covered (openapi/operations.json)",
      items: report.uncovered,
    },
    { heading: "without description (openapi/words.json)", items: report.undescribed },
    { heading: "descriptions of what is not there (openapi/words.json)", items: report.unusedWords },
    {
      heading: "corrections with nothing to correct (scripts/codegen/corrections.ts)",
      items: report.idleCorrections,
    },
  ].filter(({ items }) => items.length > 0);
}

/** The outcome in a line. */
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

/** What happened to the tree, if anything did. */
export function closing({ written, check }: Report): string[] {
  if (written.length === 0) return [];
  const lines = [`written: ${written.join(", ")}`];
  if (check?.fits) lines.push("type check and tests pass");
  else if (check) lines.push(`the facade no longer fits, the files stay written. First: ${check.first}`);
  return lines;
}
