import { demand } from "./refusal.js";

const NAMES = [
  "alternativeDistributionPackage",
  "installVerificationToken",
  "token",
  "account",
  "appShareURL",
] as const;

/** What a link asks the device to install. */
export type OpenedLink = Readonly<Partial<Record<(typeof NAMES)[number], string>>> & {
  readonly alternativeDistributionPackage: string;
  readonly installVerificationToken: string;
};

/** @throws DeviceRefusal unless the link has exactly Apple's form */
export function openLink(link: string): OpenedLink {
  const query = /^marketplace-kit:\/\/install\?(.+)$/.exec(link)?.[1];
  demand(query !== undefined, "link", "is no marketplace-kit://install link");
  const values: Partial<Record<string, string>> = {};
  for (const pair of query.split("&")) {
    const [, name, value] = /^(\w+)=((?:[\w.~-]|%[0-9A-F]{2})+)$/.exec(pair) ?? [];
    demand(name !== undefined && value !== undefined, "link", "a value is empty or not percent-encoded");
    demand(
      NAMES.some((known) => known === name),
      "link",
      `${name} is no parameter`,
    );
    demand(values[name] === undefined, "link", `${name} is there twice`);
    values[name] = decodeURIComponent(value);
  }
  const { alternativeDistributionPackage, installVerificationToken } = values;
  demand(!!alternativeDistributionPackage && !!installVerificationToken, "link", "a parameter is missing");
  return { ...values, alternativeDistributionPackage, installVerificationToken };
}

/** @throws DeviceRefusal unless the package is on the page's host, and that is in the registered domain */
export function checkDomains(page: string, packageUrl: string, domain: string): void {
  const hosts = [page, packageUrl].map((url) => /^https:\/\/([a-z0-9.-]+)(?=\/|$)/.exec(url)?.[1]);
  const [host] = hosts;
  demand(host !== undefined && host === hosts[1], "page", `the hosts are ${hosts}`);
  demand(/\.[a-z]+$/.test(host), "page", "the host is not fully qualified");
  demand(`.${host}`.endsWith(`.${domain}`), "page", `${host} is not in ${domain}`);
}
