import { closing, groupsOf, headline, notesOf, type Report, weightOf } from "./report.js";

/** The report for a terminal. */
export function textReport(report: Report): string {
  const end = closing(report);
  if (report.result === "unchanged") return [headline(report), ...end].join("\n");
  const lines = [headline(report), `compared with ${report.base}`];
  for (const { heading, changes } of groupsOf(report)) {
    lines.push("", heading);
    for (const change of changes) {
      const weight = change.breaking ? "BREAKING" : weightOf(change);
      lines.push(`  ${weight.padEnd(10)}  ${change.message}`);
    }
  }
  for (const { heading, items } of notesOf(report))
    lines.push("", `${heading}:`, ...items.map((item) => `  ${item}`));
  const { current, next, reason } = report.version;
  lines.push(
    "",
    `next version of the package: ${current === next ? current : `${current} → ${next}`} (${reason})`,
  );
  return [...lines, ...end].join("\n");
}
