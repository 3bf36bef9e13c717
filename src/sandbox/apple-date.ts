/** A date (ms since 1970) as Apple writes it, with the offset of California: `2024-03-29T21:09:21-07:00`. */
export function appleDate(ms: number): string {
  return new Date(ms - 7 * 3_600_000).toISOString().replace(/\.\d+Z$/, "-07:00");
}
