/** The command was given too little, too much, or the wrong thing. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
