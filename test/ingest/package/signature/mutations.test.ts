import { expect, test } from "vitest";
import { readTrust } from "../../../../src/ingest/package/signature/roots.js";
import { verifySignature } from "../../../../src/ingest/package/signature/signature.js";
import { seededRandom } from "../../../support/random.js";
import { thorough } from "../../../support/thorough.js";
import { delta, manifestOf, variant } from "../../support/package-server.js";
import { signatureOf, signContent, trust } from "../../support/signing.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];
const manifest = Buffer.from(JSON.stringify(manifestOf(assets)));
const paths = assets.map(({ kind, id }) => `${kind}/${id}.ipa`);
const roots = readTrust(trust);
const ROUNDS = thorough ? 10_000 : 500;

type Random = () => number;
const pick = (random: Random, count: number) => Math.floor(random() * count);

/** Ways to damage a file. */
const damages: ((bytes: Buffer, random: Random) => Buffer)[] = [
  // Other bytes at a few places.
  (bytes, random) => {
    for (let change = pick(random, 4); change >= 0; change--) {
      const at = pick(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + pick(random, 255));
    }
    return bytes;
  },
  // An indefinite, a huge or a long length after a byte that may be a tag.
  (bytes, random) => {
    const tags = [...bytes.keys()].filter((at) => [0x30, 0x31, 0xa0, 0x02, 0x04].includes(bytes[at] ?? 0));
    const at = (tags[pick(random, tags.length)] ?? 0) + 1;
    bytes.set([[0x80, 0x84, 0xff, 0x82][pick(random, 4)] ?? 0], Math.min(at, bytes.length - 1));
    return bytes;
  },
  // A piece less, a piece twice, or cut short.
  (bytes, random) => {
    const [from, length] = [pick(random, bytes.length), 1 + pick(random, 40)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  },
  (bytes, random) => {
    const [from, length] = [pick(random, bytes.length), 1 + pick(random, 40)];
    return Buffer.concat([bytes.subarray(0, from + length), bytes.subarray(from)]);
  },
  (bytes, random) => bytes.subarray(0, pick(random, bytes.length)),
  // Deep nesting in place of a piece.
  (bytes, random) => {
    const at = pick(random, bytes.length);
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.alloc(2000, Buffer.of(0x30, 0x80)),
      bytes.subarray(at),
    ]);
  },
];

test("mutated signatures are invalid with a reason", () => {
  const random = seededRandom(15);
  const valid = signatureOf(manifest, assets);
  const reasons = new Set<string | undefined>();
  for (let round = 0; round < ROUNDS; round++) {
    const damage = damages[round % damages.length];
    const signature = damage?.(Buffer.from(valid), random) ?? valid;
    if (signature.equals(valid)) continue;
    const { report } = verifySignature({ signature, manifest, paths, roots });
    expect(report, `round ${round}`).toEqual({
      valid: false,
      reason: expect.any(String),
      message: expect.any(String),
    });
    reasons.add(report.reason);
  }
  for (const reason of ["malformed", "content", "signer", "chain"]) expect(reasons).toContain(reason);
});

test("mutated lists of files that are signed never crash it", () => {
  const random = seededRandom(16);
  const original = contentOf(signatureOf(manifest, assets));
  const outcomes = new Set<string>();
  for (let round = 0; round < ROUNDS / 20; round++) {
    const damage = damages[(round % 2) * 2] ?? ((bytes: Buffer) => bytes);
    const signature = signContent(damage(Buffer.from(original), random));
    outcomes.add(verifySignature({ signature, manifest, paths, roots }).report.reason ?? "valid");
  }
  expect(outcomes).toContain("malformed");
});

/** The signed list in a signature: it begins with its header, and ends before the certificates. */
function contentOf(signature: Buffer): Buffer {
  const start = signature.indexOf("bplist00");
  const length = signature.readUInt16BE(start - 2);
  return signature.subarray(start, start + length);
}
