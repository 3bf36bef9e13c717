/** Bytes of each file's SHA-256, by the file's path in the package. */
export type Resources = Readonly<Record<string, Uint8Array>>;

/** Writes an object; `refSize` is the bytes of a reference to another one. */
type Write = (refSize: number) => Buffer;

/**
 * The content of a package's signature: the binary property list `{ version: 1, resources: { path: { hash2 } } }`, with
 * its objects in the order in which Apple writes them.
 */
export function resourceList(resources: Resources): Buffer {
  // An object refers to others by their numbers, and how long a number is depends on how many there are. So objects
  // get their numbers first and are written afterwards.
  const objects: Write[] = [];
  const add = (write: Write) => objects.push(write) - 1;

  add((refSize) => dictionary([version, list], [one, files], refSize));
  const version = add(() => text("version"));
  const list = add(() => text("resources"));
  const one = add(() => Buffer.from([0x10, 1]));
  const files = add((refSize) => dictionary(paths, values, refSize));
  const paths = Object.keys(resources).map((path) => add(() => text(path)));
  let hash2: number | undefined;
  const values = Object.values(resources).map((hash) => {
    const value = add((refSize) => dictionary([key], [data], refSize));
    hash2 ??= add(() => text("hash2"));
    const key = hash2;
    const data = add(() => Buffer.concat([header(0x40, hash.length), hash]));
    return value;
  });

  const refSize = sizeOf(objects.length);
  return fileOf(
    objects.map((write) => write(refSize)),
    refSize,
  );
}

function fileOf(objects: readonly Buffer[], refSize: number): Buffer {
  const offsets: number[] = [];
  let end = 8;
  for (const object of objects) {
    offsets.push(end);
    end += object.length;
  }
  const offsetSize = sizeOf(end);
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(offsetSize, 6);
  trailer.writeUInt8(refSize, 7);
  trailer.writeUInt32BE(objects.length, 12);
  trailer.writeUInt32BE(end, 28);
  return Buffer.concat([Buffer.from("bplist00"), ...objects, numbers(offsets, offsetSize), trailer]);
}

function dictionary(keys: readonly number[], values: readonly number[], refSize: number): Buffer {
  return Buffer.concat([header(0xd0, keys.length), numbers([...keys, ...values], refSize)]);
}

/** An ASCII string, or UTF-16 where the text has other characters. */
function text(value: string): Buffer {
  const ascii = /^[\0-\x7f]*$/.test(value);
  const bytes = ascii ? Buffer.from(value, "latin1") : Buffer.from(value, "utf16le").swap16();
  return Buffer.concat([header(ascii ? 0x50 : 0x60, value.length), bytes]);
}

/** The kind of an object and how many elements it has; from 15 on, the number follows as an integer object. */
function header(kind: number, length: number): Buffer {
  if (length < 15) return Buffer.from([kind | length]);
  const size = sizeOf(length);
  return Buffer.concat([Buffer.from([kind | 15, 0x10 | Math.log2(size)]), numbers([length], size)]);
}

/** Bytes for numbers up to `value`. */
function sizeOf(value: number): number {
  return value > 0xffff ? 4 : value > 0xff ? 2 : 1;
}

function numbers(values: readonly number[], size: number): Buffer {
  const bytes = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries()) bytes.writeUIntBE(value, index * size, size);
  return bytes;
}
