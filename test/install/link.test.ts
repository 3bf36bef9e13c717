import { expect, test } from "vitest";
import { checkInstallPage, type InstallLinkOptions, installLink } from "../../src/install/index.js";
import { openLink } from "../support/device/link.js";

const options = { packageUrl: "https://shop.example.com/packages/1", token: "eyJ.a-b_c.d" };

test("a link has Apple's form", () => {
  expect(installLink(options)).toBe(
    "marketplace-kit://install?alternativeDistributionPackage=https%3A%2F%2Fshop.example.com%2Fpackages%2F1" +
      "&installVerificationToken=eyJ.a-b_c.d",
  );
});

test("every value can be read back from the link unchanged", () => {
  const values = {
    packageUrl: "https://shop.example.com/a%20b/é/",
    authorization: "a&b=c+d 100% #?;'\"<>(!*)~",
    account: "Zoë 🚀",
    shareUrl: "https://shop.example.com/app?id=1&lang=en#top",
  };
  const link = installLink({ ...options, ...values });
  expect(link).toMatch(/^[\w:/?=&%.~-]+$/);
  expect(openLink(link)).toEqual({
    alternativeDistributionPackage: values.packageUrl,
    installVerificationToken: options.token,
    token: values.authorization,
    account: values.account,
    appShareURL: values.shareUrl,
  });
});

test.each([
  ["http://shop.example.com/packages/1"],
  ["https://shop.example.com/packages/1/manifest.json"],
  ["https://shop.example.com/packages/1?accessKey=secret"],
  ["https://shop.example.com/packages/1#x"],
  ["https://user:secret@shop.example.com/packages/1"],
  [" https://shop.example.com/packages/1"],
  ["https://"],
  ["https:/shop.example.com/packages/1"],
  ["https:///shop.example.com/packages/1"],
  ["https://@shop.example.com/packages/1"],
  ["https://shop.example.com/packages/1\u202e"],
  ["shop.example.com/packages/1"],
  [undefined],
])("the package URL %j is refused", (packageUrl) => {
  const wrong = { ...options, packageUrl } as InstallLinkOptions;
  expect(() => installLink(wrong)).toThrow(
    /^packageUrl: expected the https URL of a package's folder, got (?!.*(?:secret|example))/,
  );
});

test.each([
  [{ token: Promise.resolve("eyJ.secret.x") }, /^token: expected a non-empty string, got object$/],
  [{ token: "secret \ud800" }, /^token: expected well-formed text/],
  [{ authorization: " " }, /^authorization: expected a non-empty string, got string$/],
  [{ account: "" }, /^account: expected/],
  [{ account: { token: "secret" } }, /^account: expected a non-empty string, got object$/],
  [{ account: "\udfff" }, /^account: expected well-formed text/],
  [{ shareUrl: "http://shop.example.com" }, /^shareUrl: expected an https URL/],
])("%j is refused, and no secret is shown", (wrong, message) => {
  const make = () => installLink({ ...options, ...wrong } as InstallLinkOptions);
  expect(make).toThrow(message);
  expect(make).toThrow(/^(?!.*secret)/);
});

test.each([
  ["https://example.com/get", "https://example.com/p/1", "example.com", undefined],
  ["https://shop.example.com/get", "https://shop.example.com/p/1", "example.com", undefined],
  ["https://SHOP.example.com/", "https://shop.example.com:443/p/1", "Example.COM", undefined],
  ["https://www.bücher.example/", "https://www.xn--bcher-kva.example/p", "bücher.example", undefined],
  ["http://example.com/", "https://example.com/p/1", "example.com", "page"],
  ["not a URL", "https://example.com/p/1", "example.com", "page"],
  ["https://example.com/", "http://example.com/p/1", "example.com", "package"],
  ["https://example.com/", "https://shop.example.com/p/1", "example.com", "host"],
  ["https://example.com/", "https://example.com:8443/p/1", "example.com", "host"],
  ["https://localhost/", "https://localhost/p/1", "example.com", "qualified"],
  ["https://127.0.0.1/", "https://127.0.0.1/p/1", "example.com", "qualified"],
  ["https://[::1]/", "https://[::1]/p/1", "example.com", "qualified"],
  ["https://example.com./", "https://example.com./p/1", "example.com", "qualified"],
  ["https://badexample.com/", "https://badexample.com/p/1", "example.com", "domain"],
  ["https://example.com/", "https://example.com/p/1", "shop.example.com", "domain"],
])("a page %s with a package %s for %s: %s", (page, packageUrl, domain, reason) => {
  const report = checkInstallPage({ page, packageUrl, domain });
  if (reason === undefined) expect(report).toStrictEqual({ valid: true });
  else expect(report).toStrictEqual({ valid: false, reason, message: expect.any(String) });
});

test("a host with other letters is accepted in every call", () => {
  const page = {
    page: "https://www.bücher.example/",
    packageUrl: "https://www.bücher.example/p",
    domain: "bücher.example",
  };
  // URL.canParse of Node 20 refuses it after some thousand calls.
  for (let call = 0; call < 20_000; call++) {
    if (!checkInstallPage(page).valid) expect.fail(`refused in call ${call}`);
  }
});

test.each([[""], ["https://example.com"], ["example.com/path"], ["localhost"], [7]])(
  "the domain %j is refused",
  (domain) => {
    const page = "https://example.com/";
    expect(() => checkInstallPage({ page, packageUrl: page, domain: domain as string })).toThrow(
      /^domain: expected a domain name/,
    );
  },
);
