/** A specification that cannot be used, or a tree that cannot be written: one line that says what to do. */
export class SpecError extends Error {
  override name = "SpecError";
}

/** What went wrong, on one line, whoever threw it. */
export function oneLine(error: unknown): string {
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "the document is nested too deeply";
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
