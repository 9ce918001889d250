import { type OutsideBuiltin, succeed } from "./builtin.ts";
import { pathOf, readPermitted } from "./file_access.ts";
import { refusing } from "./refusing.ts";

export const readTextFileBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "readTextFile",
  isYielding: true,
  isUndeclared: true,
  permission: "read",
  parameters: [{ name: "path", type: "string" }],
  returns: "Promise<string>",
  doc: "Gives the text of a file, as `LoadFile` does.",
  perform: ([path], { state, world }) =>
    refusing(() => succeed(readPermitted(pathOf("readTextFile", path), state.settings, world))),
};
