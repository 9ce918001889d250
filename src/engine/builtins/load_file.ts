import { fieldsOf } from "../../sandbox/mod.ts";
import { type OutsideBuiltin, succeed } from "./builtin.ts";
import { pathOf, readPermitted } from "./file_access.ts";
import { refusing } from "./refusing.ts";

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
  perform: ([path], { state, world }) =>
    refusing(() => succeed(readPermitted(pathOf("LoadFile", path), state.settings, world))),
};
