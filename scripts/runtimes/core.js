// Checks the part of the package that needs only web standards. Throws when a check fails.
import { AppStoreConnectError, createClient, NotFoundError } from "app-store-alternative-distribution";
import {
  createInstallTokens,
  createUpdatesHandler,
  installLink,
} from "app-store-alternative-distribution/install";
import {
  NotificationSignatureError,
  verifyNotification,
} from "app-store-alternative-distribution/notifications";

function check(passed, what) {
  if (!passed) throw new Error(`check failed: ${what}`);
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
}

async function newPrivateKey() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${btoa(String.fromCharCode(...der))}\n-----END PRIVATE KEY-----`;
}

/** A new key as openssl writes it (SEC1), built of the numbers in its JWK. */
async function newSec1Key() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign"]);
  const jwk = await crypto.subtle.exportKey("jwk", privateKey);
  const [d, x, y] = [jwk.d, jwk.x, jwk.y].map((text) => atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  const curve = "\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
  const der = `\x30\x77\x02\x01\x01\x04\x20${d}${curve}\xa1\x44\x03\x42\x00\x04${x}${y}`;
  return `-----BEGIN EC PRIVATE KEY-----\n${btoa(der)}\n-----END EC PRIVATE KEY-----`;
}

async function install() {
  const privateKey = await newSec1Key();
  const tokens = await createInstallTokens({ keyId: crypto.randomUUID(), privateKey, issuer: "67" });
  const token = await tokens.sign({ bundleId: "org.example.notes", kind: "download" });
  const link = installLink({ packageUrl: "https://example.com/p", token });
  check(link.endsWith(token), "a link carries the token");
  const manifest = {
    ...{
      appleItemId: "1",
      appleVersionId: "2",
      bundleId: "b",
      bundleVersion: "1",
      shortVersionString: "1.0",
    },
    ...{ platforms: ["ios"], minimumSystemVersions: { ios: "17.4" }, variants: [] },
  };
  const updates = createUpdatesHandler({
    tokens,
    find: () => ({ manifest, packageUrl: "https://example.com/p" }),
  });
  const body = JSON.stringify({ apps: [{ appleItemId: "1" }], platform: "iOS", osVersion: "18.0" });
  const response = await updates(new Request("https://example.com/updates", { method: "POST", body }));
  const { updates: offered } = await response.json();
  check(offered[0].installVerificationToken.split(".").length === 3, "an update is offered");
}

export async function core() {
  const tokens = new Set();
  const attempts = [];
  const answers = [
    { status: 503, headers: { "retry-after": "0" }, body: "{}" },
    { status: 200, body: { data: [{ type: "t", id: "1" }], links: { next: "?cursor=2&limit=200" } } },
    { status: 200, body: { data: [{ type: "t", id: "2" }], links: {} } },
    { status: 404, body: { errors: [{ status: "404", code: "NOT_FOUND", title: "t", detail: "d" }] } },
  ];
  const client = createClient({
    keyId: "K",
    issuerId: "I",
    privateKey: await newPrivateKey(),
    onAttempt: ({ status }) => attempts.push(status),
    fetch: async (url, { headers }) => {
      tokens.add(headers.authorization);
      check(!url.includes("%7B"), "ids are filled in");
      const { status, headers: more, body } = answers.shift();
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: more });
    },
  });
  const items = await client.versions.listVariants("V").toArray();
  check(items.map(({ id }) => id).join() === "1,2", "a list is paged");
  check(attempts.join() === "503,200,200", "a 503 is tried again");
  check(
    tokens.size === 1 && /^Bearer eyJ.*\..*\.[\w-]{86}$/.test([...tokens][0]),
    "one ES256 token serves all",
  );
  const error = await failure(client.variants.get("x"));
  check(error instanceof NotFoundError && error instanceof AppStoreConnectError, "404 is a NotFoundError");
  check(error.hasCode("NOT_FOUND") && `${error}`.startsWith("NotFoundError: "), "errors have code and name");
  const slow = client.api.GET("/v1/alternativeDistributionKeys", {
    signal: AbortSignal.abort("mine"),
  });
  check((await failure(slow)) === "mine", "the caller's abort reason comes back");

  const body = JSON.stringify({ data: { type: "AppUnavailable", id: "1", attributes: { appId: "7" } } });
  const secret = "This is my secret";
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [
    "sign",
  ]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body)));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const event = await verifyNotification({ body, signature: `hmacsha256=${hex}`, secret });
  check(event.change?.action === "remove", "a notification is read");
  const forged = verifyNotification({ body: `${body} `, signature: `hmacsha256=${hex}`, secret });
  check((await failure(forged)) instanceof NotificationSignatureError, "a forged one is refused");

  await install();
}
