/** What every command is given beside its flags. */
export interface Context {
  /** Whether stdout is for a program: one JSON document. */
  readonly json: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Set by a command that ends well but has bad news. */
  exitCode: number;
}
