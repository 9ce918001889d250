import { resolve } from "@std/path";
import { FileError, type ReadableFolder } from "../../files/mod.ts";
import { defaultMaxFileKb, type RuntimeSettings } from "../fold/settings.ts";
import type { World } from "../world.ts";

/**
 * What `LoadFile` gives: the text of a file below the program's folder, or below a folder of `[permissions] read`. Throws
 * what the code is told.
 */
export function readPermitted(
  path: string,
  { permissions, limits }: Pick<RuntimeSettings, "permissions" | "limits">,
  world: World,
): string {
  if (path === "") throw new Error("LoadFile needs a path");
  const within: ReadableFolder[] = [
    { path: world.programFolder, visibleOnly: true },
    ...permissions.read.map((folder) => ({ path: folder, visibleOnly: false })),
  ];
  const maxBytes = (limits.maxFileKb ?? defaultMaxFileKb) * 1024;
  try {
    return world.readFile(resolve(world.programFolder, path), { within, maxBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new Error(refusal(path, error));
  }
}

function refusal(path: string, { fault, message }: FileError): string {
  switch (fault) {
    case "outside":
    case "hidden":
      return `Reading ${path} is not permitted: it ${message}; add its folder to read under [permissions] in ` +
        "playbooks.toml";
    case "large":
      return `Cannot load ${path}: it ${message}; set max_file_kb under [limits] in playbooks.toml to allow more`;
    default:
      return `Cannot load ${path}: it ${message}`;
  }
}
