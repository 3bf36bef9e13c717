/** One value in DER: `tag`, its length, then `parts` one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const size = value.length;
  const length = size < 0x80 ? Buffer.from([size]) : unsigned(size);
  const prefix = size < 0x80 ? [] : [0x80 | length.length];
  return Buffer.concat([Buffer.from([tag, ...prefix]), length, value]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);

/** DER orders the elements of a SET OF by their bytes. */
export const setOf = (...parts: readonly Uint8Array[]): Buffer =>
  der(0x31, ...[...parts].sort(Buffer.compare));

/** A small number, or the bytes of one that is positive. */
export const integer = (value: number | Uint8Array): Buffer =>
  der(0x02, typeof value === "number" ? Buffer.from([value]) : value);

export const octetString = (value: Uint8Array): Buffer => der(0x04, value);

export const bitString = (value: Uint8Array, unusedBits = 0): Buffer =>
  der(0x03, Buffer.from([unusedBits]), value);

/** An object identifier, written with dots. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return der(0x06, ...[first * 40 + second, ...rest].map(base128));
}

/** DER has two forms of a time: UTCTime until 2049, GeneralizedTime from 2050 on. `ms` since 1970; written in seconds. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function base128(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128));
  }
  return Buffer.from(bytes);
}

/** A number in as few bytes as it needs, most significant byte first. */
function unsigned(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
}
