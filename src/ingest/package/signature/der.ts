import { AsnConvert } from "@peculiar/asn1-schema";
import { refuse } from "./signature-report.js";

// A real signature has about 150 elements, nested 12 levels deep.
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 5000;

const TAG = { boolean: 0x01, integer: 0x02, sequence: 0x30, set: 0x31 } as const;

/** One element: where its content begins and ends. */
interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function refuseEncoding(problem: string): never {
  refuse("malformed", `The signature is not in DER: ${problem}.`);
}

/** The length bytes that begin at `at`. Their shortest form is the only one that DER allows. */
function readLength(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at] ?? refuseEncoding("it ends within an element");
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first - 0x80;
  if (count === 0) refuseEncoding("an element has no definite length");
  if (count > 4) refuseEncoding("an element is longer than the file");
  let length = 0;
  for (const byte of bytes.subarray(at + 1, at + 1 + count)) length = length * 256 + byte;
  if (length < 0x80 || length < 256 ** (count - 1)) refuseEncoding("a length is not in its shortest form");
  return { length, start: at + 1 + count };
}

function readElement(bytes: Uint8Array, at: number, limit: number): Element {
  const tag = bytes[at] ?? refuseEncoding("it ends within an element");
  if ((tag & 0x1f) === 0x1f) refuseEncoding("a tag has more than one byte");
  const { length, start } = readLength(bytes, at + 1);
  const end = start + length;
  if (end > limit) refuseEncoding("an element is longer than the one around it");
  return { tag, start, end };
}

/** Refuses values that DER does not allow. Only those that a library might read in two ways are looked at. */
function checkValue(bytes: Uint8Array, { tag, start, end }: Element): void {
  const first = bytes[start];
  if (tag === TAG.boolean && (end - start !== 1 || (first !== 0 && first !== 0xff))) {
    refuseEncoding("a boolean is neither 00 nor FF");
  }
  if (tag !== TAG.integer) return;
  const second = bytes[start + 1] ?? 0;
  const isPadded = end - start > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (start === end || isPadded) refuseEncoding("an integer is not in its shortest form");
}

/**
 * Refuses bytes that are not one element in DER, with its limits for depth and number of elements, before a library reads
 * them: libraries also read BER, and build objects for each element.
 *
 * @throws SignatureProblem with reason `malformed`
 */
export function checkDer(bytes: Uint8Array): void {
  let elements = 0;
  const check = (at: number, limit: number, depth: number): number => {
    elements += 1;
    if (elements > MAX_ELEMENTS) refuseEncoding(`it has more than ${MAX_ELEMENTS} elements`);
    if (depth > MAX_DEPTH) refuseEncoding(`it is nested more than ${MAX_DEPTH} levels deep`);
    const element = readElement(bytes, at, limit);
    const { tag, start, end } = element;
    const isUniversal = tag < 0x40;
    const isConstructed = (tag & 0x20) !== 0;
    const mustBeConstructed = (tag | 0x20) === TAG.sequence || (tag | 0x20) === TAG.set;
    if (isUniversal && isConstructed !== mustBeConstructed) refuseEncoding("an element is cut into parts");
    if (!isConstructed) checkValue(bytes, element);
    for (let child = start; isConstructed && child < end; ) child = check(child, end, depth + 1);
    return end;
  };
  if (check(0, bytes.length, 1) !== bytes.length) refuseEncoding("bytes follow after its end");
}

/** A class of `@peculiar/asn1-*`: its decorators say which bytes it is read from. */
type AsnType<T> = new () => T;

/**
 * Reads one element as `type`.
 *
 * @throws SignatureProblem with reason `malformed`
 */
export function readDer<T>(bytes: Uint8Array | ArrayBuffer, type: AsnType<T>, name: string): T {
  try {
    // What looks like DER within a string of bytes is not read: the string may be 16 MiB of it.
    return AsnConvert.parse(bytes, type, { berOptions: { parseEmbedded: false } });
  } catch {
    return refuse("malformed", `The signature's ${name} is not in the expected form.`);
  }
}

/**
 * Checks that a value that was read gives the same bytes when it is written again: the library leaves out what it does
 * not expect.
 *
 * @throws SignatureProblem with reason `malformed`
 */
export function checkWritten(value: unknown, bytes: Uint8Array | ArrayBuffer, name: string): void {
  let written: ArrayBuffer;
  try {
    written = AsnConvert.serialize(value);
  } catch {
    refuse("malformed", `The signature's ${name} is not in the expected form.`);
  }
  const raw = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (Buffer.compare(new Uint8Array(written), raw) !== 0) {
    refuse("malformed", `The signature's ${name} has other fields or another encoding than expected.`);
  }
}

/** {@link readDer} and {@link checkWritten}. */
export function parseDer<T>(bytes: Uint8Array | ArrayBuffer, type: AsnType<T>, name: string): T {
  const value = readDer(bytes, type, name);
  checkWritten(value, bytes, name);
  return value;
}
