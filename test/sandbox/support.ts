import { importPKCS8, SignJWT } from "jose";
import { document } from "../../generated/document.js";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.js";
import { newKey } from "../support/keys.js";

/** A public key as Apple takes it. */
export const PUBLIC_KEY = newKey().publicKey.export({ type: "spki", format: "pem" }).toString();
export const API = "https://api.appstoreconnect.apple.com";
/** The time of sandboxes whose clock stands still. */
export const NOON = Date.UTC(2025, 5, 1, 12);

export interface TokenParts {
  keyId?: string | undefined;
  privateKey?: string;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** A token of the sandbox's team key, valid at `NOON`, with parts changed. */
export async function tokenOf(sandbox: Sandbox, { keyId, privateKey, header, claims }: TokenParts = {}) {
  const { credentials } = sandbox;
  const key = await importPKCS8(privateKey ?? credentials.privateKey, "ES256");
  const iat = NOON / 1000;
  const all = { iss: credentials.issuerId, aud: "appstoreconnect-v1", iat, exp: iat + 1200, ...claims };
  return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: keyId ?? credentials.keyId, ...header })
    .sign(key);
}

export interface Answer {
  status: number;
  headers: Headers;
  // A test reads whatever document it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: checked by the assertions that follow.
  body: any;
  text: string;
}

export interface CallInit {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A sandbox whose clock stands at noon, and a `call` that has a valid token. */
export async function setUp(options: SandboxOptions = {}) {
  const sandbox = createSandbox({ seed: 1, now: () => NOON, ...options });
  const token = await tokenOf(sandbox);
  const call = async (path: string, init: CallInit = {}): Promise<Answer> => {
    const response = await sandbox.fetch(path.startsWith("http") ? path : API + path, {
      method: init.method ?? "GET",
      headers: {
        authorization: `Bearer ${token}`,
        ...(init.body !== undefined && { "content-type": "application/json" }),
        ...init.headers,
      },
      ...(init.body !== undefined && {
        body: typeof init.body === "string" ? init.body : JSON.stringify(init.body),
      }),
    });
    const text = await response.text();
    const json = (response.headers.get("content-type") ?? "").startsWith("application/json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: json ? JSON.parse(text) : undefined,
    };
  };
  return { sandbox, token, call };
}

/** The query parameters of GET `path`, as the description has them: Apple may rename them. */
export function parametersOf(path: string) {
  return (document.paths[path]?.get?.parameters ?? []).filter((parameter) => parameter.in === "query");
}

/** The name of the first of {@link parametersOf} that begins like this, such as `filter[`. */
export function parameterOf(path: string, start: string): string {
  const found = parametersOf(path).find(({ name }) => name.startsWith(start));
  if (found) return found.name;
  throw new Error(`GET ${path} has no parameter ${start}`);
}

/** The body that creates a package for an App Store version. */
export function packageFor(id: string) {
  const appStoreVersion = { data: { type: "appStoreVersions", id } };
  return { data: { type: "alternativeDistributionPackages", relationships: { appStoreVersion } } };
}

/** What an error answer says, without its ids and sentences. */
export function problem({ status, body }: Answer) {
  const [error] = body.errors;
  return { status, code: error.code, ...(error.source && { source: error.source }) };
}
