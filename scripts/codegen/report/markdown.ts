import { code, plain } from "../generate/markdown.js";
import { closing, groupsOf, headline, notesOf, type Report, weightOf } from "./report.js";

/** The report for a pull request. */
export function markdownReport(report: Report): string {
  const end = closing(report).map((line) => `- ${plain(line.trim())}`);
  if (end.length > 0) end.unshift("", "### This run", "");
  if (report.result === "unchanged") return [headline(report), ...end].join("\n");
  const { current, next, reason } = report.version;
  const lines = [
    `## ${headline(report)}`,
    "",
    `Compared with ${plain(report.base)}. Next version: **${next}** (now ${current}): ${reason}.`,
  ];
  for (const { heading, changes } of groupsOf(report)) {
    lines.push("", `### ${code(heading)}`, "");
    for (const change of changes) {
      const weight = change.breaking ? "⚠️ **breaking**" : plain(weightOf(change));
      lines.push(`- ${weight}: ${plain(change.message)}`);
    }
  }
  for (const { heading, items } of notesOf(report)) {
    lines.push(
      "",
      `### ${heading.charAt(0).toUpperCase()}${heading.slice(1)}`,
      "",
      ...items.map((item) => `- ${code(item)}`),
    );
  }
  lines.push(...end, "", `Source: sha256 \`${report.to.sha256}\` of the JSON with sorted keys.`);
  return lines.join("\n");
}
