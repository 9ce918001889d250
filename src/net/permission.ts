/** Finds the addresses of a name; throws if it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** The reason why code may not reach a host, by its name; `undefined` if it may, or if `*` needs its addresses. */
export function permits(hosts: readonly string[], url: URL): string | undefined {
  if (isNamed(hosts, url) || hosts.includes("*")) return undefined;
  return `Reaching ${shownHost(url)} is not permitted; ${wayOut(url)}`;
}

/**
 * The reason why code may not reach an address; `undefined` if it may. A host in `hosts`, as `host` or `host:port`, is
 * always permitted. `*` permits a host if all its addresses are public. The HTTP client looks up the name again. So
 * this check does not notice when the addresses of a name change in between.
 *
 * Throws an `Error` if a name has no address, and when `signal` aborts.
 */
export async function checkAddress(
  hosts: readonly string[],
  url: URL,
  { lookup, signal }: { readonly lookup: Lookup; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (isNamed(hosts, url)) return undefined;
  if (!hosts.includes("*")) return permits(hosts, url);
  const host = plainHost(url.hostname);
  const denied = (address: string, kind: string) =>
    `Reaching ${shownHost(url)} is not permitted: "*" in net means public addresses, and ` +
    `${address === host ? host : `${host} is ${address}, which`} is not public (${kind}); ${wayOut(url)}`;
  if (host === "localhost" || host.endsWith(".localhost")) return denied(host, "loopback");
  const addresses = isLiteral(host) ? [host] : await unlessAborted(lookUp(host, lookup), signal);
  const { nonPublicKind } = await import("./public_address.ts");
  for (const address of addresses) {
    const kind = nonPublicKind(address);
    if (kind !== undefined) return denied(address, kind);
  }
  return undefined;
}

/** Looks up a name like the HTTP client does, including the hosts file. */
export async function systemLookup(name: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

async function lookUp(host: string, lookup: Lookup): Promise<readonly string[]> {
  const addresses = await lookup(host).catch(() => []);
  if (addresses.length === 0) throw new Error(`no address was found for ${host}`);
  return addresses;
}

/** Whether a text can permit something: `*`, `host` or `host:port`. An address with a path or `*.example.com` cannot. */
export function isHostEntry(entry: string): boolean {
  if (entry === "*") return true;
  const { host, port } = partsOf(entry);
  return host !== undefined && !host.includes("*") && (port === undefined || (port > 0 && port <= 65535));
}

function isNamed(hosts: readonly string[], url: URL): boolean {
  return hosts.some((entry) => {
    const { host, port } = partsOf(entry);
    return host === plainHost(url.hostname) && (port === undefined || port === Number(portOf(url)));
  });
}

function partsOf(entry: string): { readonly host: string | undefined; readonly port?: number } {
  const [, named = entry, port] = /^(.*?[^:]|\[.*\]):(\d+)$/.exec(isBareIpv6(entry) ? "" : entry) ?? [];
  return { host: hostOf(named), ...(port === undefined ? {} : { port: Number(port) }) };
}

/** Writes a host as a URL does: `LOCALHOST` becomes `localhost`, `127.1` becomes `127.0.0.1`. */
function hostOf(named: string): string | undefined {
  const isBare = isBareIpv6(named);
  if (named === "" || (!isBare && /[/\\@?#]|:$/.test(named))) return undefined;
  const address = `http://${isBare ? `[${named}]` : named}/`;
  return URL.canParse(address) ? plainHost(new URL(address).hostname) : undefined;
}

function isBareIpv6(text: string): boolean {
  return /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(text);
}

/** A host name without brackets and without a final dot. */
function plainHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.+$/, "");
}

/** Whether a host is an IP address. A URL always writes an IPv4 address in four decimal parts. */
function isLiteral(host: string): boolean {
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

function shownHost(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

function wayOut(url: URL): string {
  const host = shownHost(url);
  return `add "${host}" to net under [permissions] in playbooks.toml, or run with --allow-net=${host}`;
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
