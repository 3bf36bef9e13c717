import type { Method } from "../document/grammar.js";

/** Who meets a schema: people who send it, people who read it. */
export type Direction = "request" | "response";

/** Where a change is: in an operation, in a schema by name, or in the document itself. */
export type Scope =
  | { readonly operation: string; readonly method: Method; readonly path: string }
  | { readonly schema: string }
  | { readonly document: true };

/** One difference, in the words of people. */
export interface Change {
  readonly scope: Scope;
  readonly kind: ChangeKind;
  /** Where in the scope: `attributes.state`, `parameter limit`; empty for the whole. */
  readonly at: string;
  readonly message: string;
  readonly directions: readonly Direction[];
  readonly breaking: boolean;
}

/**
 * What each kind of change means to those who send and to those who read: true is breaking. Sending breaks when
 * less is accepted than before; reading breaks when more, or less, can arrive than the types of before say. A value
 * that no longer arrives breaks readers too: code that waits for it waits forever, and no longer compiles.
 */
const breaks = {
  "alternative added": { request: false, response: true },
  "alternative removed": { request: true, response: true },
  "content type added": { request: false, response: false },
  "content type removed": { request: true, response: true },
  deprecated: { request: false, response: false },
  "discriminator changed": { request: false, response: false },
  "enum added": { request: true, response: false },
  "enum removed": { request: false, response: true },
  "enum value added": { request: false, response: true },
  "enum value removed": { request: true, response: true },
  "format added": { request: true, response: false },
  "format changed": { request: true, response: true },
  "format removed": { request: false, response: true },
  "limit lowered": { request: true, response: false },
  "limit raised": { request: false, response: true },
  "no longer deprecated": { request: false, response: false },
  "no longer nullable": { request: true, response: false },
  "no longer required": { request: false, response: true },
  "now nullable": { request: false, response: true },
  "now required": { request: true, response: false },
  "operation added": { request: false, response: false },
  "operation moved": { request: true, response: true },
  "operation removed": { request: true, response: true },
  other: { request: true, response: true },
  "parameter added": { request: false, response: false },
  "parameter removed": { request: true, response: true },
  "property added": { request: false, response: false },
  "property removed": { request: true, response: true },
  "request body added": { request: false, response: false },
  "request body removed": { request: true, response: true },
  "required parameter added": { request: true, response: true },
  "required property added": { request: true, response: false },
  "required request body added": { request: true, response: true },
  "response added": { request: false, response: false },
  "response removed": { request: false, response: false },
  "schema added": { request: false, response: false },
  "schema removed": { request: true, response: true },
  "schema name changed": { request: false, response: false },
  "success response added": { request: true, response: true },
  "success response removed": { request: true, response: true },
  "type changed": { request: true, response: true },
} as const satisfies Record<string, Record<Direction, boolean>>;

export type ChangeKind = keyof typeof breaks;

/** Whether a change of this kind breaks anyone among those who meet it. */
export function isBreaking(kind: ChangeKind, directions: readonly Direction[]): boolean {
  return directions.some((direction) => breaks[kind][direction]);
}

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
