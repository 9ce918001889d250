import type { FileSystem, JournalFile } from "./file_system.ts";

/** The disk of this machine. */
export function realFileSystem(): FileSystem {
  return { open, read, write, rename: Deno.renameSync, remove, list, makeFolder, syncFolder };
}

function open(path: string, options: { readonly create: boolean }): JournalFile {
  const file = Deno.openSync(path, { read: true, write: true, create: options.create, mode: 0o600 });
  let cursor = 0;
  return {
    // Twenty times as fast as to ask for all that is known of the file.
    size: () => cursor = file.seekSync(0, Deno.SeekMode.End),
    write(bytes, at) {
      if (cursor !== at) file.seekSync(at, Deno.SeekMode.Start);
      cursor = -1;
      writeAll(file, bytes);
      cursor = at + bytes.length;
    },
    sync: () => file.syncDataSync(),
    truncate: (size) => file.truncateSync(size),
    [Symbol.dispose]: () => file.close(),
  };
}

function read(path: string, options: { readonly from: number } = { from: 0 }): Uint8Array | undefined {
  try {
    if (options.from === 0) return Deno.readFileSync(path);
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(Math.max(0, file.statSync().size - options.from));
    file.seekSync(options.from, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < bytes.length) {
      const count = file.readSync(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function write(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
  writeAll(file, bytes);
  file.syncSync();
}

function remove(path: string): void {
  Deno.removeSync(path);
}

function list(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
}

function syncFolder(path: string): void {
  // Windows can neither open a folder nor needs to: NTFS journals names itself.
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
}
