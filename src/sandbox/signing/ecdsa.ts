import { createECDH, createHash, createHmac, type KeyObject } from "node:crypto";
import { CURVES, type Curve } from "../keys.js";
import { integer, sequence } from "./der.js";

/** The orders of the curves' groups. */
const ORDERS: Readonly<Record<Curve, bigint>> = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "P-384":
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

export interface SigningKey {
  readonly curve: Curve;
  readonly privateKey: KeyObject;
}

/**
 * An ECDSA signature in DER. The random number that ECDSA needs is derived from the key and the data, which node:crypto
 * cannot do. So a sandbox that is started again with the same seed has the same root certificate.
 */
export function sign(hash: string, data: Uint8Array, { curve, privateKey }: SigningKey): Buffer {
  const { name, size } = CURVES[curve];
  const order = ORDERS[curve];
  const digest = createHash(hash).update(data).digest();
  const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const once = createECDH(name);
  once.setPrivateKey(createHmac("sha384", secret).update(digest).digest().subarray(0, size));
  const r = numberOf(once.getPublicKey().subarray(1, size + 1)) % order;
  const sum = numberOf(digest.subarray(0, size)) + r * numberOf(secret);
  const s = (inverse(numberOf(once.getPrivateKey()), order) * sum) % order;
  return sequence(positive(r), positive(s));
}

/** The number whose product with `value` is 1 modulo `modulus`: Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, nextRemainder] = [modulus, value];
  let [factor, nextFactor] = [0n, 1n];
  while (nextRemainder > 0n) {
    const quotient = remainder / nextRemainder;
    [remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return factor < 0n ? factor + modulus : factor;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** A positive INTEGER: with a zero byte in front if its first bit would be read as a sign. */
function positive(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return integer(Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex"));
}
