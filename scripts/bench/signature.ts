import { createHash } from "node:crypto";
import { readTrust } from "../../src/ingest/package/signature/roots.js";
import { verifySignature } from "../../src/ingest/package/signature/signature.js";
import { createChain } from "../../src/sandbox/signing/certificate-chain.js";
import { signResources } from "../../src/sandbox/signing/signed-message.js";
import { figure, type IngestFigure } from "./figures.js";

const ROUNDS = 50;

/** Ms that verifying the signature of a package with that many assets takes, after a warm-up. */
export function benchSignature(assets: number): IngestFigure {
  const paths = Array.from({ length: assets }, (_, index) => `variant/${index}.ipa`);
  const manifest = Buffer.from("{}");
  const digest = createHash("sha256").update(manifest).digest();
  const chain = createChain();
  const resources = Object.fromEntries(["manifest.json", ...paths].map((path) => [path, digest]));
  const signature = signResources(resources, { chain, signedAt: Date.now() });
  const roots = readTrust(chain.root.pem);
  const values: number[] = [];
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    const began = performance.now();
    const { report } = verifySignature({ signature, manifest, paths, roots });
    if (!report.valid) throw new Error(`the signature is not valid: ${report.message}`);
    if (round >= 0) values.push(performance.now() - began);
  }
  return figure(`signature of a package with ${assets} assets`, values, "ms");
}
