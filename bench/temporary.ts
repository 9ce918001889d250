/** A folder of its own for one measurement, on the disk that `TMPDIR` names; removed when disposed of. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_bench_" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
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
