import { join } from "@std/path";
import { FileError, hidesDotNames, onDisk, type ReadableFolder, realPathWithin } from "./bounded_file.ts";

/** An item of a folder. A link is what it leads to; a link to nothing is neither. */
interface FolderItem {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

/** The most items of a folder that are read. */
const maxItems = 10_000;

/** The items of a folder, sorted by name. Throws a {@linkcode FileError}. Closed names are left out. */
export function readBoundedFolder(path: string, within: readonly ReadableFolder[]): FolderItem[] {
  const real = realPathWithin(path, within);
  if (!onDisk(() => Deno.statSync(real)).isDirectory) throw new FileError("special", "is not a folder");
  const isClosed = hidesDotNames(real, within) ? (name: string) => name.startsWith(".") : () => false;
  const names = onDisk(() => namesIn(real)).filter((name) => !isClosed(name)).sort();
  return names.map((name) => {
    const info = infoOf(join(real, name));
    return { name, isFile: info?.isFile ?? false, isDirectory: info?.isDirectory ?? false };
  });
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    if (names.push(name) > maxItems) throw new FileError("large", `has more than ${maxItems} items`);
  }
  return names;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
