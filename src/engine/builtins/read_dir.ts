import { resolve } from "@std/path";
import { encode } from "../../sandbox/mod.ts";
import { type OutsideBuiltin, succeed } from "./builtin.ts";
import { pathOf, readableFolders, Refusal, whileReading } from "./file_access.ts";
import { refusing } from "./refusing.ts";

export const readDirBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "readDir",
  isYielding: true,
  isUndeclared: true,
  permission: "read",
  parameters: [{ name: "path", type: "string" }],
  returns: "Promise<{ name: string; isFile: boolean; isDirectory: boolean }[]>",
  doc: "Lists a folder, sorted by name. The same folders are open as for `LoadFile`.",
  perform: ([given], { state, world }) =>
    refusing(() => {
      const path = pathOf("readDir", given);
      const { disk } = world;
      if (disk === undefined) throw new Refusal("FileError", "Folders cannot be read here");
      const within = readableFolders(state.settings, world);
      return succeed(
        encode(whileReading(path, world, () => disk.readFolder(resolve(world.programFolder, path), within))),
      );
    }),
};
