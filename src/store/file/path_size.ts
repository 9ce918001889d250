/** Bytes of a file, or of a folder and all in it. A process may rename or remove files meanwhile; they are not counted. */
export function sizeOfPath(path: string): number {
  try {
    const { isDirectory, size } = Deno.lstatSync(path);
    if (!isDirectory) return size;
    const names = Array.from(Deno.readDirSync(path), ({ name }) => name);
    return names.reduce((sum, name) => sum + sizeOfPath(`${path}/${name}`), 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
