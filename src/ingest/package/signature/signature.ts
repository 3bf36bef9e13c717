import { createHash } from "node:crypto";
import { show } from "../../../checks.js";
import { MANIFEST_FILE } from "../layout.js";
import { checkChain } from "./certificate-chain.js";
import { isNamedBy, isSignedBy } from "./certificates.js";
import { readSignedMessage, type SignedMessage } from "./cms.js";
import { refuse, SignatureProblem, type SignatureReport } from "./signature-report.js";
import { readSignedFiles } from "./signed-files.js";

/** A signature, and what it has to sign. */
export interface SignatureInput {
  /** The bytes of `signature`. Undefined if there is none. */
  readonly signature: Uint8Array | undefined;
  /** The bytes of `manifest.json`. Undefined if there is none. */
  readonly manifest: Uint8Array | undefined;
  /** The paths of the manifest's assets. Undefined if the manifest cannot be read. */
  readonly paths: readonly string[] | undefined;
  /** The SHA-256 of the accepted roots, in lower-case hex. */
  readonly roots: ReadonlySet<string>;
}

/** A signature after its check. */
export interface CheckedSignature {
  readonly report: SignatureReport;
  /** The signed SHA-256 (lower-case hex) of each file, by path. Empty if the signature is invalid. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Checks the message itself, apart from what its content says. */
function checkMessage(message: SignedMessage, roots: ReadonlySet<string>): void {
  const { content, digest, signedAt, signedAttributes, signature, certificates } = message;
  if (!createHash("sha384").update(content).digest().equals(digest)) {
    refuse("content", "The list of files in the signature is not the one that was signed.");
  }
  const leaf = certificates.find((certificate) => isNamedBy(certificate, message.signer));
  if (!leaf) refuse("signer", "The signer's certificate is not in the signature.");
  if (!isSignedBy(leaf, signedAttributes, signature, "sha384")) {
    refuse("signer", "The signature was not made with the key of the signer's certificate.");
  }
  checkChain({ leaf, certificates, signedAt, roots });
}

/** Compares the signed list of files with the manifest. */
function checkFiles(
  hashes: ReadonlyMap<string, string>,
  { manifest, paths }: Pick<SignatureInput, "manifest" | "paths">,
): void {
  const signed = hashes.get(MANIFEST_FILE);
  if (signed === undefined) refuse("resources", `The signature does not name ${MANIFEST_FILE}.`);
  if (!manifest) refuse("manifest", `There is no ${MANIFEST_FILE} that the signature could be of.`);
  if (createHash("sha256").update(manifest).digest("hex") !== signed) {
    const causes =
      "It was changed or written again in another form (white space counts), or belongs to another package";
    refuse("manifest", `${MANIFEST_FILE} is not the file that was signed: its SHA-256 differs. ${causes}.`);
  }
  if (!paths) refuse("manifest", `${MANIFEST_FILE} was signed as it is, but cannot be read here.`);
  const unsigned = paths.find((path) => !hashes.has(path));
  if (unsigned !== undefined) refuse("resources", `The signature does not name ${show(unsigned)}.`);
  const named = new Set([MANIFEST_FILE, ...paths]);
  const unknown = [...hashes.keys()].find((path) => !named.has(path));
  if (unknown !== undefined)
    refuse("resources", `The signature names ${show(unknown)}, the manifest does not.`);
}

function checkSignature(input: SignatureInput): CheckedSignature {
  if (input.signature === undefined) refuse("missing", "The package has no signature.");
  const message = readSignedMessage(input.signature);
  checkMessage(message, input.roots);
  // Only now is it known who wrote the content.
  const hashes = readSignedFiles(message.content);
  checkFiles(hashes, input);
  return { report: { valid: true, signedAt: message.signedAt }, hashes };
}

/**
 * Checks a package's signature, in this order: its form, its digest, the signer's signature, the chain of certificates
 * up to an accepted root, and only then what it says: the SHA-256 of the manifest, and the names of its assets.
 *
 * A valid one proves that the owner of the root (Apple) signed this manifest, and gives the SHA-256 of each asset. It does
 * not say that the assets are here, or that the app installs.
 */
export function verifySignature(input: SignatureInput): CheckedSignature {
  try {
    return checkSignature(input);
  } catch (error) {
    if (!(error instanceof SignatureProblem)) throw error;
    const { reason, message } = error;
    return { report: { valid: false, reason, message }, hashes: new Map() };
  }
}
