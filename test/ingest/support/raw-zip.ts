import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip. Its fields may be wrong on purpose. */
export interface RawEntry {
  name: string | Buffer;
  content?: Buffer | string;
  deflate?: boolean;
  /** The size in the headers, instead of the real one. */
  claimedSize?: number;
  crc?: number;
  flags?: number;
  /** Unix mode with file type, such as 0o120777 for a link. */
  mode?: number;
}

/** A zip with exactly these entries, also those that no zip library would write. */
export function rawZip(entries: readonly RawEntry[], claimedCount = entries.length): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? "");
    const stored = entry.deflate ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.flags ?? 0, 2);
    fields.writeUInt16LE(entry.deflate ? 8 : 0, 4);
    fields.writeUInt32LE(entry.crc ?? crc32(content), 10);
    fields.writeUInt32LE(stored.length, 14);
    fields.writeUInt32LE(entry.claimedSize ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, name, stored]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((entry.mode ?? 0o100644) * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), fields, tail, name]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(claimedCount, 8);
  end.writeUInt16LE(claimedCount, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

/** The zip of a package, with more entries if wanted. Its signature is nobody's unless one is given. */
export function packageZip(
  manifest: unknown,
  more: readonly RawEntry[] = [],
  signature: Buffer | string = "signed by nobody",
): Buffer {
  const text = Buffer.isBuffer(manifest) ? manifest : JSON.stringify(manifest);
  return rawZip([
    { name: "manifest.json", content: text, deflate: true },
    { name: "signature", content: signature },
    ...more,
  ]);
}
