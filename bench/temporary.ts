const folders = new Set<string>();

/** A folder for one measurement, on the disk of `TMPDIR`. It is removed on disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_bench_" }));
  folders.add(path);
  const dispose = async () => {
    await Deno.remove(path, { recursive: true });
    folders.delete(path);
  };
  return { path, [Symbol.asyncDispose]: dispose };
}

/** Removes all existing folders at once, for an early end. */
export function removeFolders(): void {
  for (const path of folders) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      // A process that was just killed still had an open file in it.
    }
  }
}

/** Copies a folder with all its content, durably. Otherwise the next sync of any file would wait for the copy. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
      using file = await Deno.open(`${to}/${name}`, { write: true });
      await file.sync();
    }
  }
}

/** Bytes of all files below a folder, by their reported lengths. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    bytes += entry.isDirectory ? bytesBelow(path) : Deno.lstatSync(path).size;
  }
  return bytes;
}
