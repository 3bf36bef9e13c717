import { refuse } from "./signature-report.js";

const HEADER = "bplist00";
const TRAILER_BYTES = 32;

// Apple's lists have three objects for each asset, four levels, and 100 bytes for each asset.
export const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 4;
// References to objects, and the bytes of all of them, counted as often as they are referred to.
const MAX_REFERENCES = 400_000;
const MAX_REFERENCED_BYTES = 32 * 1024 * 1024;

/** The kinds of objects, by the upper half of their first byte. */
const KIND = {
  simple: 0x0,
  integer: 0x1,
  real: 0x2,
  date: 0x3,
  data: 0x4,
  ascii: 0x5,
  utf16: 0x6,
  array: 0xa,
  dictionary: 0xd,
} as const;

/** One object: its content is `count` bytes, characters, items or pairs from `start` on. */
interface PlistObject {
  readonly kind: number;
  readonly start: number;
  readonly count: number;
}

/** @throws SignatureProblem with reason `malformed` */
export function refuseList(problem: string): never {
  refuse("malformed", `The list of files in the signature ${problem}.`);
}

/** Walks over a binary property list that may come from anyone. */
class PlistChecker {
  readonly #bytes: Buffer;
  readonly #offsetSize: number;
  readonly #referenceSize: number;
  readonly #objects: number;
  /** Where the table of offsets begins, and the objects end. */
  readonly #table: number;
  readonly #top: number;
  readonly #containers = new Set<number>();
  #references = 0;
  #referencedBytes = 0;

  constructor(bytes: Buffer) {
    const hasHeader = bytes.subarray(0, HEADER.length).toString("latin1") === HEADER;
    if (!hasHeader || bytes.length < HEADER.length + TRAILER_BYTES)
      refuseList("is not a binary property list");
    const trailer = bytes.subarray(-TRAILER_BYTES);
    this.#bytes = bytes;
    this.#offsetSize = trailer.readUInt8(6);
    this.#referenceSize = trailer.readUInt8(7);
    // Rounded if they are above 2^53, and then refused.
    this.#objects = Number(trailer.readBigUInt64BE(8));
    this.#table = Number(trailer.readBigUInt64BE(24));
    if (this.#objects > MAX_OBJECTS) refuseList(`has more than ${MAX_OBJECTS} objects`);
    const sizes = [this.#offsetSize, this.#referenceSize];
    const end = this.#table + this.#objects * this.#offsetSize;
    const isTableInside = this.#table > HEADER.length && end <= bytes.length - TRAILER_BYTES;
    if (!isTableInside || sizes.some((size) => size < 1 || size > 6)) refuseList("has a damaged trailer");
    this.#top = Number(trailer.readBigUInt64BE(16));
  }

  check(): void {
    this.#check(this.#top, 1);
  }

  /** Reads an object's first bytes. They have to be in the part of the file that is for objects. */
  #read(index: number): PlistObject {
    if (index >= this.#objects) refuseList("refers to an object that it does not have");
    const offset = this.#bytes.readUIntBE(this.#table + index * this.#offsetSize, this.#offsetSize);
    if (offset < HEADER.length || offset >= this.#table) refuseList("has an object outside its bounds");
    const marker = this.#bytes.readUInt8(offset);
    const [kind, info] = [marker >> 4, marker & 0xf];
    // Data, text and containers of 15 and more have their count in the bytes after the first.
    if (kind < KIND.data || info < 0xf) return { kind, start: offset + 1, count: info };
    const width = this.#bytes.readUInt8(offset + 1);
    if (width < 0x10 || width > 0x12) refuseList("has an object that is too long");
    const bytes = 2 ** (width & 0xf);
    return { kind, start: offset + 2 + bytes, count: this.#bytes.readUIntBE(offset + 2, bytes) };
  }

  /** The bytes of an object's content. Refuses kinds and sizes that are not understood. */
  #length({ kind, count }: PlistObject): number {
    switch (kind) {
      case KIND.simple:
        return [0x0, 0x8, 0x9].includes(count) ? 0 : refuseList("has an object of an unknown kind");
      case KIND.integer:
        return count <= 4 ? 2 ** count : refuseList("has a huge number");
      case KIND.real:
        return count === 2 || count === 3 ? 2 ** count : refuseList("has a huge number");
      case KIND.date:
        return count === 3 ? 8 : refuseList("has a damaged date");
      case KIND.data:
      case KIND.ascii:
        return count;
      case KIND.utf16:
        return count * 2;
      case KIND.array:
        return count * this.#referenceSize;
      case KIND.dictionary:
        return count * 2 * this.#referenceSize;
      default:
        return refuseList("has an object of an unknown kind");
    }
  }

  #check(index: number, depth: number): PlistObject {
    if (depth > MAX_DEPTH) refuseList(`is nested more than ${MAX_DEPTH} levels deep`);
    const object = this.#read(index);
    const { kind, start, count } = object;
    const length = this.#length(object);
    if (start + length > this.#table) refuseList("has an object that is longer than the file");
    this.#references += 1;
    this.#referencedBytes += length;
    if (this.#references > MAX_REFERENCES || this.#referencedBytes > MAX_REFERENCED_BYTES)
      refuseList("refers to the same objects too often");
    if (kind !== KIND.array && kind !== KIND.dictionary) return object;
    if (this.#containers.has(index)) refuseList("has the same part in two places");
    this.#containers.add(index);
    const names = new Set<string>();
    for (let item = 0; item < (kind === KIND.array ? count : count * 2); item++) {
      const position = start + item * this.#referenceSize;
      const child = this.#check(this.#bytes.readUIntBE(position, this.#referenceSize), depth + 1);
      // The first half of a dictionary's references are its keys.
      if (kind === KIND.dictionary && item < count) this.#addKey(child, names);
    }
    return object;
  }

  /** Refuses keys that are not text or are there twice: libraries read them in different ways. */
  #addKey(object: PlistObject, names: Set<string>): void {
    const { kind, start } = object;
    if (kind !== KIND.ascii && kind !== KIND.utf16) refuseList("has a key that is not text");
    const raw = Buffer.from(this.#bytes.subarray(start, start + this.#length(object)));
    const name = kind === KIND.ascii ? raw.toString("latin1") : raw.swap16().toString("utf16le");
    if (name === "__proto__" || (kind === KIND.ascii && /\P{ASCII}/u.test(name)))
      refuseList("has a key that is not allowed");
    if (names.has(name)) refuseList("has a key twice");
    names.add(name);
  }
}

/**
 * Checks a binary property list before the library reads it: that every offset, reference and length is inside the file,
 * and that it stays within limits for the number of objects, their size and their depth. The library follows references
 * without a limit: 155 bytes with shared parts can take all memory.
 *
 * @throws SignatureProblem with reason `malformed`
 */
export function checkPlist(bytes: Buffer): void {
  new PlistChecker(bytes).check();
}
