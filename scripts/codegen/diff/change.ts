import type { Method } from "../document/grammar.js";
import type { JsonObject } from "../document/json.js";

/** Who uses a schema: those who send it, or those who read it. */
export type Direction = "request" | "response";

/** Where a change is: in an operation, in a path, in a schema by name, or in the document itself. */
export type Scope =
  | { readonly operation: string; readonly method: Method; readonly path: string }
  | { readonly path: string }
  | { readonly schema: string }
  | { readonly document: true };

/** One difference, in words. */
export interface Change {
  readonly scope: Scope;
  readonly kind: ChangeKind;
  /** Where in the scope: `attributes.state`, `parameter limit`; empty for the whole. */
  readonly at: string;
  readonly message: string;
  readonly directions: readonly Direction[];
  readonly breaking: boolean;
  /** Why openapi/accepted.json has this change, which would be breaking. */
  readonly accepted?: string;
}

/**
 * Whether each kind of change breaks code that sends a value, and code that reads it. Sending breaks when the API accepts
 * less than before. Reading breaks when a value can arrive that the earlier types do not allow, or when a value that code
 * may need no longer arrives. A constraint that is not part of the types, such as a pattern, does not break reading.
 */
const BREAKS = {
  "alternative added": { request: false, response: true },
  "alternative removed": { request: true, response: true },
  "callback added": { request: false, response: false },
  "callback removed": { request: true, response: true },
  "closed to additional properties": { request: true, response: false },
  "authentication added": { request: false, response: false },
  "constraint added": { request: true, response: false },
  "constraint changed": { request: true, response: false },
  "constraint removed": { request: false, response: false },
  "content type added": { request: false, response: false },
  "content type removed": { request: true, response: true },
  "default added": { request: false, response: false },
  "default changed": { request: false, response: false },
  "default removed": { request: false, response: false },
  deprecated: { request: false, response: false },
  "discriminator changed": { request: false, response: false },
  "enum added": { request: true, response: false },
  "enum removed": { request: false, response: true },
  "enum value added": { request: false, response: true },
  "enum value removed": { request: true, response: true },
  "exactly one alternative": { request: true, response: false },
  "format added": { request: true, response: false },
  "format changed": { request: true, response: true },
  "format narrowed": { request: true, response: false },
  "format removed": { request: false, response: true },
  "format widened": { request: false, response: true },
  "header added": { request: false, response: false },
  "header removed": { request: false, response: true },
  "items need not be unique": { request: false, response: false },
  "items now unique": { request: true, response: false },
  "limit lowered": { request: true, response: false },
  "limit raised": { request: false, response: true },
  "link changed": { request: false, response: false },
  "no longer deprecated": { request: false, response: false },
  "no longer nullable": { request: true, response: false },
  "no longer read-only": { request: false, response: false },
  "no longer required": { request: false, response: true },
  "no longer write-only": { request: false, response: false },
  "now nullable": { request: false, response: true },
  "now read-only": { request: true, response: false },
  "now required": { request: true, response: false },
  "now write-only": { request: false, response: true },
  "one or more alternatives": { request: false, response: false },
  "open to additional properties": { request: false, response: false },
  "operation added": { request: false, response: false },
  "operation moved": { request: true, response: true },
  "operation removed": { request: true, response: true },
  other: { request: true, response: true },
  "other servers changed": { request: false, response: false },
  // It changes what a request without the parameter means.
  "default of parameter added": { request: false, response: false },
  "default of parameter changed": { request: true, response: false },
  "default of parameter removed": { request: true, response: false },
  "parameter added": { request: false, response: false },
  "parameter moved": { request: true, response: true },
  "parameter removed": { request: true, response: true },
  "pattern added": { request: true, response: false },
  "pattern changed": { request: true, response: false },
  "pattern removed": { request: false, response: false },
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
  "type narrowed": { request: true, response: false },
  "type widened": { request: false, response: true },
} as const satisfies Record<string, Record<Direction, boolean>>;

export type ChangeKind = keyof typeof BREAKS;

/** Whether a change of this kind breaks code in one of these directions. */
export function isBreaking(kind: ChangeKind, directions: readonly Direction[]): boolean {
  return directions.some((direction) => BREAKS[kind][direction]);
}

/** Takes one difference: its kind, the place in the scope, and the message. */
export type Note = (kind: ChangeKind, at: string, message: string) => void;

/** Where a comparison is, and where its findings go. */
export interface Place {
  /** The two documents that are compared; references are resolved in them. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** `attributes.state`; empty for the whole schema. */
  readonly at: string;
  readonly note: Note;
  /** The pairs of differently named schemas that this comparison is inside of. */
  readonly inside?: readonly string[];
}

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
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

/** For the reader, the values of a list's items are the values of the list. */
function shown(at: string): string {
  return at.replace(/\[\]$/, "");
}
