import { expect, test, vi } from "vitest";
import { type MarketplaceTokenOptions, signMarketplaceToken } from "../../src/install/index.js";
import { marketplaceToken } from "../../src/install/marketplace-token.js";
import { failure } from "../support/client.js";
import { openJws } from "../support/device/token.js";
import { issuer, now, privateKey, publicKey } from "./support.js";

const developerId = "9a4c2f0e-1b7d-4c5e-8a3f-2d6b9e0c1f24";
const options: MarketplaceTokenOptions = { privateKey, marketplaceId: issuer, developerId };
const clock = { now: () => now };

test("a token for a developer has no kid, and ends after six days", async () => {
  const { header, claims } = openJws(await marketplaceToken(options, clock), publicKey);
  expect(header).toStrictEqual({ alg: "ES256", typ: "JWT" });
  expect(claims).toStrictEqual({
    iss: issuer,
    iat: 1_798_000_000,
    exp: 1_798_000_000 + 6 * 86_400,
    aud: "appstoreconnect-v1",
    pid: developerId,
  });
});

test("it may end later, but before seven days are over", async () => {
  const longest = await marketplaceToken({ ...options, lifetime: 604_799 }, clock);
  expect(openJws(longest, publicKey).claims.exp).toBe(1_798_604_799);
  vi.spyOn(Date, "now").mockReturnValue(now);
  const token = await signMarketplaceToken({ ...options, lifetime: 60 });
  vi.restoreAllMocks();
  expect(openJws(token, publicKey).claims).toMatchObject({ iat: 1_798_000_000, exp: 1_798_000_060 });
});

test("white space around the Developer ID does not get into the token", async () => {
  const token = await marketplaceToken({ ...options, developerId: ` ${developerId}\r\n` }, clock);
  expect(openJws(token, publicKey).claims.pid).toBe(developerId);
});

test("a private key in place of the Developer ID is neither signed nor shown", async () => {
  for (const wrong of [privateKey, privateKey.replaceAll("\n", "")]) {
    const error = await failure(signMarketplaceToken({ ...options, developerId: wrong }));
    expect(String(error)).toMatch(/^TypeError: developerId: expected the developer's Developer ID, got what/);
    expect(String(error)).not.toContain(privateKey.split("\n")[1]);
  }
  const body = privateKey.split("\n").slice(1, -2).join("");
  const error = await failure(signMarketplaceToken({ ...options, developerId: body }));
  expect(String(error)).toMatch(/^TypeError: developerId: .*, got a longer text$/);
});

test.each([
  [
    { lifetime: 604_800 },
    /^TypeError: lifetime: expected a whole number from 1 to 604799 \(s\), got 604800$/,
  ],
  [{ marketplaceId: "" }, /^TypeError: marketplaceId: expected/],
  [{ developerId: "" }, /^TypeError: developerId: expected/],
  [{ developerId: "A1B2C3D4E5" }, /^TypeError: developerId: .*looks like a Team ID$/],
  [{ privateKey: "x" }, /^TypeError: privateKey: expected/],
])("%j is refused", async (wrong, message) => {
  expect(String(await failure(signMarketplaceToken({ ...options, ...wrong })))).toMatch(message);
});
