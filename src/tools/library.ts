/** The libraries that speak the protocol. They are loaded when a program has tools. */
export type ClientLibrary = typeof import("@modelcontextprotocol/client");
type TasksLibrary = typeof import("@modelcontextprotocol/ext-tasks/client");

export interface Libraries {
  readonly client: ClientLibrary;
  readonly tasks: TasksLibrary;
  readonly validators: typeof import("@modelcontextprotocol/client/validators/cf-worker");
}

let loading: Promise<Libraries> | undefined;

export function loadLibraries(): Promise<Libraries> {
  return loading ??= Promise.all([
    import("@modelcontextprotocol/client"),
    import("@modelcontextprotocol/ext-tasks/client"),
    // This validator reads a schema; the other one makes code of it, and a schema comes from a server.
    import("@modelcontextprotocol/client/validators/cf-worker"),
  ]).then(([client, tasks, validators]) => ({ client, tasks, validators }));
}
