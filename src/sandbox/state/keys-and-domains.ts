import { createPublicKey } from "node:crypto";
import { domainToASCII } from "node:url";
import { Rejection } from "../rejection.js";
import type { State } from "./resource.js";
import type { ResourceRules } from "./rules.js";

/** Public keys for alternative distribution: Apple accepts only P-256. */
export const keyRules: ResourceRules = {
  attributesOf: ({ attributes }) => ({ ...attributes, publicKey: oneLine(String(attributes.publicKey)) }),
};

/** Domains: each is registered once. */
export function createDomainRules(state: State): ResourceRules {
  return {
    attributesOf({ attributes }) {
      const domain = String(attributes.domain).toLowerCase();
      if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(domain)) {
        const ascii = domainToASCII(domain);
        const isForeign = /[^\0-\x7f]/.test(domain) && ascii !== "";
        throw refused(
          "domain",
          isForeign
            ? `it has letters outside ASCII: write it as ${ascii}`
            : "it is not a host name without scheme, port and path",
        );
      }
      const registered = state.of("alternativeDistributionDomains").all();
      if (registered.some((other) => other.attributes.domain === domain)) {
        throw refused("domain", "it is registered already");
      }
      return { ...attributes, domain };
    },
  };
}

/** A public key in the form in which Apple returns it: without line breaks, which node:crypto does not read. */
function oneLine(pem: string): string {
  const base64 = /^\s*-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]*)-----END PUBLIC KEY-----\s*$/.exec(
    pem,
  )?.[1];
  if (base64 === undefined) throw refused("publicKey", "it is not a public key in PEM (BEGIN PUBLIC KEY)");
  const der = Buffer.from(base64, "base64");
  if (!isP256(der)) throw refused("publicKey", "it is not the key of an elliptic curve P-256");
  return `-----BEGIN PUBLIC KEY-----${der.toString("base64")}-----END PUBLIC KEY-----`;
}

function isP256(der: Buffer): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: der, format: "der", type: "spki" });
    return asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
}

function refused(attribute: string, what: string): Rejection {
  const pointer = `/data/attributes/${attribute}`;
  return new Rejection(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", `${pointer}: ${what}.`, {
    source: { pointer },
  });
}
