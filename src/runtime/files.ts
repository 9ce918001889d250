// @ts-types="#types/path.d.ts"
import { dirname, join, resolve, SEPARATOR } from "@std/path";
import type { World } from "./world.ts";

/** The largest file that `LoadFile` reads, in characters. */
const longestFile = 10_000_000;

/** The text of a file inside the folders that the permissions name; throws what the code is told. */
export function readPermitted(path: string, folders: readonly string[], world: World): string {
  if (path === "") throw new Error("LoadFile needs a path");
  const wanted = resolve(world.programFolder, path);
  let real: string;
  try {
    real = world.realPath(wanted);
  } catch {
    real = join(dirname(wanted), wanted.slice(dirname(wanted).length + 1));
  }
  if (!folders.some((folder) => isInside(real, realOrSame(folder, world)))) {
    throw new Error(
      `Reading ${path} is not permitted; add its folder to read under [permissions] in playbooks.toml`,
    );
  }
  let text: string;
  try {
    text = world.readTextFile(real);
  } catch {
    throw new Error(`There is no readable file ${path}`);
  }
  if (text.length > longestFile) throw new Error(`${path} is longer than ${longestFile} characters`);
  return text;
}

function realOrSame(folder: string, world: World): string {
  try {
    return world.realPath(folder);
  } catch {
    return folder;
  }
}

function isInside(path: string, folder: string): boolean {
  const prefix = folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR;
  return path === folder || path.startsWith(prefix);
}
