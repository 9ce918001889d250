/** The libraries that speak the protocol. They are loaded when a program has tools. */
export type Libraries = typeof import("./mcp_library.ts");
export type ClientLibrary = Libraries["client"];

export function loadLibraries(): Promise<Libraries> {
  return import("./mcp_library.ts");
}
