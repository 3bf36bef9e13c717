/** Text as Markdown code. Names come from the specification: none of them may become markup. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

/** Text that is not code, and not markup either. */
export function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, "\\$&");
}

/** A table: its headings and its rows, with cells of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** The names of the anchors in the reference. */
export function operationAnchor(operationId: string): string {
  return operationId.toLowerCase();
}

export function schemaAnchor(name: string): string {
  return `schema-${name.toLowerCase()}`;
}
