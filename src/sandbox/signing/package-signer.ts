import { createHash } from "node:crypto";
import { createRandom, type Random } from "../random.js";
import { type CertificateChain, createChain } from "./certificate-chain.js";
import type { Resources } from "./resource-list.js";
import { signResources } from "./signed-message.js";

/** What is wrong with a package's signature. */
export type SignatureFault = "invalid" | "missing" | "other-package" | "untrusted";

/** Signs the packages of one sandbox. */
export class PackageSigner {
  readonly #random: Random;
  #own: CertificateChain | undefined;
  #untrusted: CertificateChain | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The root certificate that its signatures lead to, in PEM. */
  get trust(): string {
    return this.#chain().root.pem;
  }

  /**
   * A package's `signature`, or undefined if the fault is that it has none.
   * @param resources bytes of the SHA-256 of the manifest and of each asset, by path
   * @param signedAt ms since 1970
   */
  sign(resources: Resources, signedAt: number, fault?: SignatureFault): Buffer | undefined {
    switch (fault) {
      case "missing":
        return undefined;
      case "other-package":
        return signResources(this.#otherPackage(), { chain: this.#chain(), signedAt });
      case "untrusted":
        return signResources(resources, { chain: this.#untrustedChain(), signedAt });
      default: {
        const signature = signResources(resources, { chain: this.#chain(), signedAt });
        const last = signature.length - 1;
        if (fault === "invalid") signature.writeUInt8(signature.readUInt8(last) ^ 1, last);
        return signature;
      }
    }
  }

  /** Made when it is first needed, because most sandboxes of tests never sign. */
  #chain(): CertificateChain {
    this.#own ??= createChain({ random: this.#random });
    return this.#own;
  }

  /** The same names, other keys. */
  #untrustedChain(): CertificateChain {
    this.#untrusted ??= createChain({ random: createRandom(`${this.#random.seed} untrusted`) });
    return this.#untrusted;
  }

  #otherPackage(): Resources {
    const variant = `variant/${this.#random.uuid("asset of another package")}.ipa`;
    const digest = (path: string) => createHash("sha256").update(`another package: ${path}`).digest();
    return { "manifest.json": digest("manifest.json"), [variant]: digest(variant) };
  }
}
