import { InvalidArgumentError } from "commander";

/** Parses an option's value: a whole number from `low` to `high`. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    const bounds = high === Number.MAX_SAFE_INTEGER ? `${low} or more` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`Expected a whole number, ${bounds}.`);
  };
}

// The longest time a timer can wait, in s.
const LONGEST = 2_147_483;

/** Parses an option's value: seconds, with a fraction if need be. */
export function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= LONGEST) return value;
  throw new InvalidArgumentError(`Expected seconds: a number above 0, at most ${LONGEST}.`);
}
