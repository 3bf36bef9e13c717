import { closing, groupsOf, headline, notesOf, type Report } from "./report.js";

/** The report for a terminal. */
export function textReport(report: Report): string {
  if (report.result === "unchanged") return headline(report);
  const lines = [headline(report)];
  for (const { heading, changes } of groupsOf(report)) {
    lines.push("", heading);
    for (const { breaking, message } of changes)
      lines.push(`  ${breaking ? "BREAKING  " : "compatible"}  ${message}`);
  }
  for (const { heading, items } of notesOf(report))
    lines.push("", `${heading}:`, ...items.map((item) => `  ${item}`));
  const { current, next, reason } = report.version;
  lines.push(
    "",
    `next version of the package: ${current === next ? current : `${current} → ${next}`} (${reason})`,
  );
  return [...lines, ...closing(report)].join("\n");
}
