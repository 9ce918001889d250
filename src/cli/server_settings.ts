import { isServerName, readRemote, type RemoteServer } from "../language/mod.ts";
import { configError, type Place } from "./setting_values.ts";
import { isTable } from "./toml_table.ts";

/** A `[mcp.servers.NAME]` table: a tool server that agents name in `remote:`. */
export interface FileServer {
  readonly name: string;
  readonly server: Exclude<RemoteServer, { kind: "named" }>;
  readonly place: Place;
}

/** Reads the `mcp` table of a configuration. Throws a `PlaybooksError` (exit code 2) for a description that is wrong. */
export function readServers(
  mcp: unknown,
  { placeOf, errorPlaceOf }: {
    readonly placeOf: (name: string) => Place;
    readonly errorPlaceOf: (name: string) => Place;
  },
): FileServer[] {
  if (mcp === undefined) return [];
  const { servers, ...others } = isTable(mcp) ? mcp : { servers: undefined, mcp };
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw configError(errorPlaceOf(`mcp.${other}`), "[mcp] has only servers: write [mcp.servers.NAME]");
  }
  if (servers === undefined) return [];
  if (!isTable(servers)) {
    throw configError(errorPlaceOf("mcp.servers"), "write [mcp.servers.NAME] and the keys below");
  }
  return Object.entries(servers).map(([name, table]) => {
    const path = `mcp.servers.${name}`;
    if (!isServerName(name)) {
      throw configError(
        errorPlaceOf(path),
        `${JSON.stringify(name)} is no name: use letters, digits, _ and -`,
      );
    }
    const { server, faults } = readRemote(table);
    const fault = faults.find(({ severity }) => severity === undefined);
    if (fault || !server || server.kind === "named") {
      const place = errorPlaceOf(fault?.key === undefined ? path : `${path}.${fault.key}`);
      const hint = fault?.hint === undefined ? "" : ` (${fault.hint})`;
      throw configError(place, `[${path}]: ${fault?.message ?? "it names another server"}${hint}`);
    }
    return { name, server, place: placeOf(path) };
  });
}
