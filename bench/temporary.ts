const folders = new Set<string>();

/** A folder of its own for one measurement, on the disk that `TMPDIR` names; removed when disposed of. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_bench_" }));
  folders.add(path);
  const dispose = async () => {
    await Deno.remove(path, { recursive: true });
    folders.delete(path);
  };
  return { path, [Symbol.asyncDispose]: dispose };
}

/** Removes all folders that there are, at once: for an end before the end. */
export function removeFolders(): void {
  for (const path of folders) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      // Somebody who was killed just now still had a file of it in hand.
    }
  }
}

/** Makes a folder into what another one is, with all below it, durably: else the next to sync a file would wait for all of it. */
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

/** Bytes of all files below a folder, as long as they say they are. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    bytes += entry.isDirectory ? bytesBelow(path) : Deno.lstatSync(path).size;
  }
  return bytes;
}
