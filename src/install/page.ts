import { checkObject, checkText, optionError, show } from "../checks.js";
import { parseHttpsUrl } from "./checks.js";

/** Options of {@link checkInstallPage}. */
export interface InstallPageOptions {
  /** The URL of the page that shows the link, as in the browser's address bar: Apple's rules are about the main frame. */
  readonly page: string;
  /** The URL of the package's folder. */
  readonly packageUrl: string;
  /** The domain registered in App Store Connect, for example `example.com`. */
  readonly domain: string;
}

/**
 * Which of Apple's rules is not met:
 * - `page`, `package`: the URL is not an https URL;
 * - `host`: page and package have different hosts (the port counts, as Apple does not say otherwise);
 * - `qualified`: the host is not a fully qualified domain name, but an IP address, a name without a dot, or
 *   one with a final dot, which browsers treat as another host;
 * - `domain`: the host is neither the registered domain nor a subdomain of it.
 */
export type InstallPageProblem = "page" | "package" | "host" | "qualified" | "domain";

/** What {@link checkInstallPage} found. */
export interface InstallPageReport {
  /** Whether all of these rules are met. They are about hosts: {@link installLink} checks the rest of the package's URL. */
  readonly valid: boolean;
  /** The first rule that is not met. */
  readonly reason?: InstallPageProblem | undefined;
  /** The same in words. */
  readonly message?: string | undefined;
}

const QUALIFIED = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Checks Apple's rules about domains: the page with the link and the package have the same host, a fully qualified one, and
 * that host is the domain registered in App Store Connect or a subdomain of it.
 *
 * @throws TypeError if `domain` is not a domain name
 * @see https://developer.apple.com/documentation/marketplacekit/marketplacekiturischeme
 */
export function checkInstallPage(options: InstallPageOptions): InstallPageReport {
  const { page, packageUrl, domain } = checkObject("options", options);
  const registered = checkDomain(domain);
  const pageUrl = parseHttpsUrl(page);
  if (typeof pageUrl === "string") return broken("page", `expected an https URL of the page, got ${pageUrl}`);
  const { hostname: host, host: hostAndPort } = pageUrl;
  const url = parseHttpsUrl(packageUrl);
  if (typeof url === "string") return broken("package", `expected an https URL of the package, got ${url}`);
  if (url.host !== hostAndPort) {
    return broken("host", `the page is on ${hostAndPort}, the package on ${url.host}`);
  }
  if (!QUALIFIED.test(host)) {
    return broken("qualified", `${host} is not a fully qualified domain name without a final dot`);
  }
  if (host !== registered && !host.endsWith(`.${registered}`)) {
    return broken("domain", `${host} is neither ${registered} nor a subdomain of it`);
  }
  return { valid: true };
}

function broken(reason: InstallPageProblem, message: string): InstallPageReport {
  return { valid: false, reason, message };
}

/** The domain as URLs have it: lower case, and Punycode for other letters than ASCII. */
function checkDomain(domain: unknown): string {
  const text = checkText("domain", domain, "a domain name");
  const url = parseHttpsUrl(/[/:?#@]/.test(text) ? undefined : `https://${text}`);
  if (typeof url !== "string" && QUALIFIED.test(url.hostname)) return url.hostname;
  throw optionError("domain", "a domain name, without scheme and path", show(domain));
}
