import type { Program, RemoteServer } from "../language/mod.ts";
import { variablesOfRemote } from "../language/mod.ts";
import type { TrustRequest } from "../user/mod.ts";
import { type Ask, requestOf } from "./trust_rules.ts";

/** What a server asks for: it starts a command, or sends data to an address. */
export function serverAsk(name: string, server: RemoteServer): Ask | undefined {
  if (server.kind === "named") return undefined;
  const variables = variablesOfRemote(server);
  const uses = variables.length === 0 ? [] : [`with ${variables.map((each) => `$${each}`).join(", ")}`];
  const value = server.kind === "stdio" ? [server.command, ...server.args, ...uses] : [server.url, ...uses];
  return { name, value, needed: true, covers: JSON.stringify(server) };
}

/** The requests of a program's own servers, one for each file. `realPath` resolves a file's path. */
export function programRequests(
  program: Program,
  realPath: (path: string) => string,
): readonly TrustRequest[] {
  const byFile = Map.groupBy(program.agents, ({ location }) => location.file);
  return [...byFile].flatMap(([file, agents]) => {
    const asks = agents.flatMap(({ name, remote }) =>
      remote ? serverAsk(`${name}.remote`, remote) ?? [] : []
    );
    return requestOf(realPath(file), asks) ?? [];
  });
}
