/** An address without the password or token that it may carry. */
export function maskedAddress(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//****@").replace(/\?.*$/s, "?****");
}
