import { createHash, createHmac, randomUUID } from "node:crypto";

/** Everything that looks random in a sandbox comes from here: the same seed and label give the same value. */
export interface Random {
  readonly seed: string;
  /** The first 23 characters of a UUID of this seed. */
  readonly seedId: string;
  bytes(label: string, length: number): Buffer;
  hex(label: string, length: number): string;
  /** A UUID of version 4, or of another one. */
  uuid(label: string, version?: number): string;
  /** The next of a series of numbers in [0, 1), one series per call of `numbers`. */
  numbers(label: string): () => number;
}

/** Numbers of a series that are drawn together, because a hash for each one would take longer than the rest of a request. */
const NUMBERS_AT_ONCE = 256;

export function createRandom(seed: number | string = randomUUID()): Random {
  const key = String(seed);
  const digest = (label: string) => createHmac("sha256", key).update(label).digest();
  const bytes = (label: string, length: number) =>
    length <= 32
      ? digest(label).subarray(0, length)
      : createHash("shake256", { outputLength: length }).update(digest(label)).digest();
  const hex = (label: string, length: number) =>
    bytes(label, Math.ceil(length / 2))
      .toString("hex")
      .slice(0, length);

  const uuid = (label: string, version = 4) => {
    const id = digest(label);
    id.writeUInt8((id.readUInt8(6) & 0x0f) | (version << 4), 6);
    id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
    return id.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  return {
    seed: key,
    seedId: uuid("seed").slice(0, 23),
    bytes,
    hex,
    uuid,
    numbers(label) {
      let drawn = Buffer.alloc(0);
      let position = 0;
      let blocks = 0;
      return () => {
        if (position === drawn.length) {
          drawn = bytes(`${label} ${blocks++}`, 4 * NUMBERS_AT_ONCE);
          position = 0;
        }
        const number = drawn.readUInt32BE(position) / 2 ** 32;
        position += 4;
        return number;
      };
    },
  };
}
