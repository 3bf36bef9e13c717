import type { ChangeKind } from "./change.js";

/** Takes one difference: its kind, the place in the scope, and what to say of it. */
export type Note = (kind: ChangeKind, at: string, message: string) => void;

/** ` of attributes.state`; nothing for the whole. */
export function of(at: string, preposition = "of"): string {
  return at === "" ? "" : ` ${preposition} ${shown(at)}`;
}

/** The place as the subject of a sentence. */
export function subject(at: string): string {
  return at === "" ? "schema" : shown(at);
}

/** What happened to a member that differs. */
export function verb(before: unknown, after: unknown): "added" | "changed" | "removed" {
  return before === undefined ? "added" : after === undefined ? "removed" : "changed";
}

/** A list's values are the list's, for people. */
function shown(at: string): string {
  return at.replace(/\[\]$/, "");
}
