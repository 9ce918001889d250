import { isLoopback, maskedAddress } from "./address.ts";

/** The variables that name the proxy of the HTTP client. */
const proxyNames = {
  "http:": ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
  "https:": ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
} as const;

/** The hosts of this machine, as `NO_PROXY` names them. */
const loopbackHosts = ["localhost", "127.0.0.0/8", "::1"];

/**
 * The value of `NO_PROXY` that keeps requests to this machine away from a proxy; `undefined` if no proxy is set. The
 * proxy would see the keys and prompts of a local model. The HTTP client reads the variable at the first request.
 */
export function noProxyWithLoopback(env: (name: string) => string | undefined): string | undefined {
  const isSet = Object.values(proxyNames).flat().some((name) => env(name));
  if (!isSet) return undefined;
  return [...exceptedHosts(env), ...loopbackHosts].join(",");
}

/** The proxy for requests to an address, for a message: `http://proxy:3128 (HTTPS_PROXY)`. */
export function proxyInWords(address: string, env: (name: string) => string | undefined): string | undefined {
  const { protocol, hostname } = new URL(address);
  if (isLoopback(address) || (protocol !== "http:" && protocol !== "https:")) return undefined;
  const isExcepted = exceptedHosts(env).some((host) =>
    host === "*" || `.${hostname}`.endsWith(`.${host.replace(/^\*?\./, "")}`)
  );
  const name = isExcepted ? undefined : proxyNames[protocol].find((each) => env(each));
  return name === undefined ? undefined : `${maskedAddress(env(name)!)} (${name})`;
}

/** The hosts that `NO_PROXY` names. */
function exceptedHosts(env: (name: string) => string | undefined): readonly string[] {
  const given = env("NO_PROXY") || env("no_proxy") || "";
  return given.split(",").map((host) => host.trim()).filter((host) => host !== "");
}
