import ipaddr from "ipaddr.js";

/**
 * The kind of a non-public address (`loopback`, `private`, …); `undefined` for a public one. An IPv6 address that
 * contains an IPv4 address counts as that IPv4 address.
 */
export function nonPublicKind(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (parsed instanceof ipaddr.IPv4) {
    if (parsed.toString() === azureHost) return "metadata";
    return range === "unicast" ? undefined : named(range);
  }
  const { parts } = parsed as ipaddr.IPv6;
  if (range === "rfc6052") return nonPublicKind(ipv4Of(parts[6]!, parts[7]!));
  if (range === "6to4") return nonPublicKind(ipv4Of(parts[1]!, parts[2]!));
  if (range !== "unicast") return named(range);
  const isGlobal = parts[0]! >> 13 === 1 && !parsed.match(documentation, 20);
  return isGlobal ? undefined : "reserved";
}

/** Azure's metadata server has an address that looks public. */
const azureHost = "168.63.129.16";
const documentation = ipaddr.IPv6.parse("3fff::");

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function named(range: string): string {
  return range === "linkLocal"
    ? "link-local"
    : range === "uniqueLocal" || range === "carrierGradeNat"
    ? "private"
    : range;
}
