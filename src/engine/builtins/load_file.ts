import { resolve } from "@std/path";
import { FileError, type ReadableFolder } from "../../files/mod.ts";
import { fieldsOf, plainText } from "../../sandbox/mod.ts";
import { defaultMaxFileKb, type RuntimeSettings } from "../fold/settings.ts";
import type { EngineWorld } from "../world.ts";
import { isMissing, type OutsideBuiltin, refuse, shortened, succeed } from "./builtin.ts";

export const loadFileBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "LoadFile",
  aliases: ["Loadfile"],
  parameters: [
    { name: "path", type: "string", alsoNamed: ["file"] },
    { name: "options", type: "{ inline?: boolean; silent?: boolean }", optional: true },
  ],
  returns: "Promise<string>",
  shows: ([, options]) =>
    fieldsOf(options)?.some(([key, value]) => key === "inline" && value === true) ? "value" : "page",
  doc: "Gives the text of a file below the program's folder, or below a folder of `[permissions] read`.",
  perform([path], { state, world }) {
    if (isMissing(path)) return refuse("FileError", "LoadFile needs a path");
    try {
      return succeed(readPermitted(plainText(path!), state.settings, world));
    } catch (error) {
      return refuse("FileError", error instanceof Error ? error.message : String(error));
    }
  },
};

function readPermitted(path: string, { permissions, limits }: RuntimeSettings, world: EngineWorld): string {
  const within: ReadableFolder[] = [
    { path: world.programFolder, visibleOnly: true },
    ...permissions.read.map((folder) => ({ path: folder, visibleOnly: false })),
  ];
  const maxBytes = (limits.maxFileKb ?? defaultMaxFileKb) * 1024;
  try {
    return world.readFile(resolve(world.programFolder, path), { within, maxBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new Error(refusal(shortened(path), error));
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
