/** An HTTP address, without the name and password that it may contain. */
interface HttpAddress {
  readonly url: string;
  /** The header with the name and password; absent if the address has neither. */
  readonly authorization?: string;
}

/** Takes name and password out of an address, because the HTTP client refuses an address with them. */
export function httpAddress(address: string): HttpAddress {
  const url = new URL(address);
  const { username, password } = url;
  if (username === "" && password === "") return { url: address };
  url.username = url.password = "";
  const pair = [username, password].map(decodeURIComponent).join(":");
  return { url: url.href, authorization: `Basic ${new TextEncoder().encode(pair).toBase64()}` };
}

/** Whether a text is a whole address of HTTP or HTTPS. */
export function isHttpAddress(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}
