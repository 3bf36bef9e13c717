import { isIPv4, isIPv6 } from "node:net";

/** Whether an IPv4 address is this machine (127/8, 0/8) or link-local (169.254/16), where clouds serve credentials. */
function isLocalIPv4(address: string): boolean {
  const [first, second] = address.split(".").map(Number);
  return first === 127 || first === 0 || (first === 169 && second === 254);
}

/** The IPv4 address in the last 32 bits of an IPv6 address, which URLs write as two hexadecimal groups. */
function lastIPv4(address: string): string {
  const [high = "0", low = "0"] = address.split(":").slice(-2);
  const bits = [high, low].map((group) => Number.parseInt(group || "0", 16));
  return bits.flatMap((group) => [group >> 8, group & 255]).join(".");
}

function isLocalIPv6(address: string): boolean {
  if (address === "::" || address === "::1") return true;
  if (/^fe[89ab]/.test(address)) return true;
  // IPv4 addresses in IPv6 form: mapped, translated (NAT64), and the older compatible form.
  const hasIPv4 = /^(?:::ffff:(?:0:)?|64:ff9b::|::)[0-9a-f]{0,4}:?[0-9a-f]{1,4}$/.test(address);
  return hasIPv4 && isLocalIPv4(lastIPv4(address));
}

/**
 * Whether a URL's host is this machine or link-local. `URL` has already brought all forms of an address into one: hex,
 * decimal and octal numbers, upper case, left-out groups.
 */
export function isLocalHost({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (isIPv4(host)) return isLocalIPv4(host);
  if (isIPv6(host)) return isLocalIPv6(host);
  return host === "localhost" || host.endsWith(".localhost") || host === "";
}
