/** The sandbox's own time: milliseconds since 1970. */
export type Clock = () => number;

/** Apple's dates carry the offset of its head office: `2024-03-29T21:09:21-07:00`. */
export function appleDate(ms: number): string {
  return new Date(ms - 7 * 3_600_000).toISOString().replace(/\.\d+Z$/, "-07:00");
}
