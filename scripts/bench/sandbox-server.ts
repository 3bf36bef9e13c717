/**
 * A server to measure, in a process of its own: `bare` is node:http that always sends the same bytes, `sandbox` the
 * sandbox. Sends its parent process the port, the paths and the token.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { importPKCS8, SignJWT } from "jose";
import { createSandbox } from "../../src/sandbox/index.js";

export interface Target {
  readonly port: number;
  /** The path of a small document. */
  readonly small: string;
  /** The path of a big file. */
  readonly file: string;
  readonly token: string;
}

const [kind, fileBytes, smallBody] = process.argv.slice(2);
const target =
  kind === "bare" ? await bare(Number(fileBytes), String(smallBody)) : await sandbox(Number(fileBytes));
process.send?.(target);
// Also where the bench was ended by a signal, which leaves no time to stop it.
process.on("disconnect", () => process.exit());

async function bare(bytes: number, body: string): Promise<Target> {
  const file = Buffer.alloc(bytes, "a");
  const server = createServer((request, response) => {
    const reply = request.url === "/file" ? file : body;
    const type = request.url === "/file" ? "application/octet-stream" : "application/json";
    response.writeHead(200, { "content-type": type, "content-length": reply.length });
    response.end(reply);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, small: "/small", file: "/file", token: "none" };
}

async function sandbox(bytes: number): Promise<Target> {
  const sandbox = createSandbox({ seed: 1, limits: { perHour: 1e9 } });
  const { id } = sandbox.addAppStoreVersion({ variants: [bytes] });
  const { packageId, variantIds } = sandbox.publishVersion(id);
  const { url } = await sandbox.listen();
  const { keyId, issuerId, privateKey } = sandbox.credentials;
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId, typ: "JWT" })
    .setIssuer(issuerId)
    .setAudience("appstoreconnect-v1")
    .setIssuedAt()
    .setExpirationTime("20m")
    .sign(await importPKCS8(privateKey, "ES256"));
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/v1/alternativeDistributionPackageVariants/${variantIds[0]}`, {
    headers,
  });
  const { data } = (await answer.json()) as { data: { attributes: { url: string } } };
  const file = new URL(data.attributes.url);
  return {
    port: Number(file.port),
    small: `/v1/alternativeDistributionPackages/${packageId}`,
    file: file.pathname + file.search,
    token,
  };
}
