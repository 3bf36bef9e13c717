import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBuffer, setMaxObjectCount } from "bplist-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../../src/sandbox/random.js";
import { createChain } from "../../../src/sandbox/signing/certificate-chain.js";
import { resourceList } from "../../../src/sandbox/signing/resource-list.js";
import { signContent, signResources } from "../../../src/sandbox/signing/signed-message.js";

const NOON = Date.UTC(2025, 5, 1, 12);
const OPENSSL = "openssl";
const hasOpenssl = spawnSync(OPENSSL, ["version"]).status === 0;

const digest = (text: string) => createHash("sha256").update(text).digest();

describe("the list of files in a signature", () => {
  setMaxObjectCount(100_000);

  test.each([0, 1, 2, 14, 15, 83, 84, 300, 22_000])("is a binary property list with %d files", (count) => {
    const paths = Array.from({ length: count }, (_, index) => `variant/${index}.ipa`);
    const resources = Object.fromEntries(paths.map((path) => [path, digest(path)]));
    const [list] = parseBuffer(resourceList(resources));
    expect(list.version).toBe(1);
    expect(Object.keys(list.resources)).toEqual(paths);
    expect(paths.filter((path) => !list.resources[path].hash2.equals(digest(path)))).toEqual([]);
  });

  test("can hold a path that is not ASCII", () => {
    const [list] = parseBuffer(resourceList({ "variant/ä.ipa": digest("ä") }));
    expect(Object.keys(list.resources)).toEqual(["variant/ä.ipa"]);
  });
});

describe("the chain of certificates", () => {
  const certificates = (chain = createChain()) => ({
    root: new X509Certificate(chain.root.der),
    intermediate: new X509Certificate(chain.intermediate.der),
    leaf: new X509Certificate(chain.leaf.der),
  });

  test("each certificate is signed by the one above, the root by itself", () => {
    const { root, intermediate, leaf } = certificates();
    expect(root.verify(root.publicKey)).toBe(true);
    expect(intermediate.verify(root.publicKey)).toBe(true);
    expect(leaf.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate.checkIssued(root)).toBe(true);
    expect(leaf.checkIssued(intermediate)).toBe(true);
    expect([root.ca, intermediate.ca, leaf.ca]).toEqual([true, true, false]);
    expect(root.subject).toContain("Sandbox\\, not Apple");
  });

  test.each(["sha256", "sha384", "sha512"] as const)(
    "certificates can be signed with %s on both curves",
    (digest) => {
      for (let seed = 0; seed < 10; seed++) {
        const random = createRandom(seed);
        const { root, intermediate, leaf } = certificates(
          createChain({
            random,
            root: { digest },
            intermediate: { digest },
            leaf: { digest, curve: "P-384" },
          }),
        );
        // Among the two numbers of each signature are some whose first bit is set: DER needs a zero byte before it.
        expect([root.verify(root.publicKey), intermediate.verify(root.publicKey)]).toEqual([true, true]);
        expect(leaf.verify(intermediate.publicKey)).toBe(true);
      }
    },
  );

  test("a certificate can lack what it must have", () => {
    const { intermediate, leaf } = certificates(
      createChain({
        intermediate: { ca: undefined, keyUsage: undefined },
        leaf: { name: { commonName: "Another name" }, notAfter: NOON, ca: true, keyUsage: "certificates" },
      }),
    );
    expect([intermediate.ca, leaf.ca]).toEqual([false, true]);
    expect(leaf.subject).toBe("CN=Another name");
    expect(Date.parse(leaf.validTo)).toBe(NOON);
  });

  test("the same seed gives the same keys", () => {
    const keys = (seed: number) => {
      const { root, intermediate, leaf } = createChain({ random: createRandom(seed) });
      return [root, intermediate, leaf].map((certificate) => certificate.keyIdentifier.toString("hex"));
    };
    expect(keys(1)).toEqual(keys(1));
    expect(new Set([...keys(1), ...keys(2)]).size).toBe(6);
  });

  test("validity beyond 2049 is written as GeneralizedTime", () => {
    const notAfter = Date.UTC(2051, 0, 2, 3, 4, 5);
    const { leaf } = certificates(createChain({ leaf: { notAfter } }));
    expect(Date.parse(leaf.validTo)).toBe(notAfter);
  });
});

// A visible skip: without openssl, only the tests above and those of verifyPackage read what is signed here.
describe.skipIf(!hasOpenssl)("openssl", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "signed-message-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The content, if the signature is valid. */
  const verify = (message: Uint8Array, root: string) => {
    const [signature, trust, out] = [randomName(), randomName(), randomName()];
    writeFileSync(signature, message);
    writeFileSync(trust, root);
    const options = ["-CAfile", trust, "-purpose", "any", "-attime", String(NOON / 1000), "-out", out];
    execFileSync(OPENSSL, ["cms", "-verify", "-binary", "-inform", "DER", "-in", signature, ...options], {
      stdio: "pipe",
    });
    return readFileSync(out);
  };
  const randomName = () => join(folder, randomBytes(8).toString("hex"));

  test("verifies a message under the chain's root, and not under another one", () => {
    const chain = createChain();
    const resources = { "manifest.json": digest("manifest"), "variant/1.ipa": digest("variant") };
    const message = signResources(resources, { chain, signedAt: NOON });
    expect(verify(message, chain.root.pem).equals(resourceList(resources))).toBe(true);
    expect(() => verify(message, createChain().root.pem)).toThrow("self-signed certificate");
  });

  test("rejects a message with one changed byte of content", () => {
    const chain = createChain();
    const message = signContent(Buffer.from("content"), { chain, signedAt: NOON });
    message.write("C", message.indexOf("content"));
    expect(() => verify(message, chain.root.pem)).toThrow("verification failure");
  });

  test("shows the structure of Apple's signatures", () => {
    const signature = randomName();
    writeFileSync(signature, signContent(Buffer.from("content"), { chain: createChain(), signedAt: NOON }));
    const parsed = execFileSync(OPENSSL, ["asn1parse", "-inform", "DER", "-in", signature], {
      encoding: "utf8",
    });
    const values = [...parsed.matchAll(/prim: (?:OBJECT|UTCTIME|INTEGER) *:(.*)/g)].map(([, value]) => value);
    expect(values.slice(0, 4)).toEqual(["pkcs7-signedData", "03", "sha384", "pkcs7-data"]);
    expect(values.slice(-8)).toEqual(
      "03 sha384 contentType pkcs7-data signingTime 250601120000Z messageDigest ecdsa-with-SHA384".split(" "),
    );
  });
});
