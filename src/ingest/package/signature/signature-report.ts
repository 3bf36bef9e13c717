/**
 * Why a signature is invalid, in the order of the checks:
 *
 * | reason | meaning |
 * |---|---|
 * | `missing` | there is no signature, or it cannot be fetched |
 * | `malformed` | it is not a message in the one form that is understood here, or larger than 16 MiB |
 * | `content` | the signed content was changed |
 * | `signer` | the signature was not made with the signer's key |
 * | `chain` | the certificates do not belong together, or may not be used like this |
 * | `root` | the chain does not end at Apple's root, or at one of `trust` |
 * | `purpose` | a certificate is not one that Apple made for packages |
 * | `expired` | a certificate was not valid on the day of the signature |
 * | `manifest` | `manifest.json` is not the file that was signed: it was changed or reformatted, or is another package's |
 * | `resources` | the files that were signed are not the manifest's |
 */
export type SignatureReason =
  | "missing"
  | "malformed"
  | "content"
  | "signer"
  | "chain"
  | "root"
  | "purpose"
  | "expired"
  | "manifest"
  | "resources";

/** Whether a package's signature is valid. */
export interface SignatureReport {
  /**
   * Whether Apple (or the owner of a root in `trust`) signed exactly this manifest and these assets' names. Whether the
   * assets have the right content is for the other checks to say, and nothing says that the app installs.
   */
  readonly valid: boolean;
  /** When it was signed, as the signer says. Only if the signature is valid. */
  readonly signedAt?: Date | undefined;
  /** Why it is invalid. */
  readonly reason?: SignatureReason | undefined;
  /** Why it is invalid, in words. */
  readonly message?: string | undefined;
}

/** What makes a signature invalid. Never leaves this folder: the report has its reason and message. */
export class SignatureProblem extends Error {
  override readonly name = "SignatureProblem";
  readonly reason: SignatureReason;

  constructor(reason: SignatureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws SignatureProblem always */
export function refuse(reason: SignatureReason, message: string): never {
  throw new SignatureProblem(reason, message);
}
