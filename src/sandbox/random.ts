import { createHash, createHmac, randomUUID } from "node:crypto";

/** Everything that looks random in a sandbox comes from here: the same seed and label give the same value. */
export interface Random {
  readonly seed: string;
  /** The beginning of a UUID of its own. */
  readonly seedId: string;
  bytes(label: string, length: number): Buffer;
  hex(label: string, length: number): string;
  uuid(label: string): string;
  /** The next of a series of numbers in [0, 1), one series per call of `numbers`. */
  numbers(label: string): () => number;
}

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

  const uuid = (label: string) => {
    const id = digest(label);
    id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x40, 6);
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
      let count = 0;
      return () => digest(`${label} ${count++}`).readUInt32BE() / 2 ** 32;
    },
  };
}
