import { errorCode } from "../storage_error.ts";

/**
 * How many more files the process may open, counted up to `atMost` by opening one file repeatedly.
 *
 * Some libraries end or hang the process if they cannot open a file. Call this before them.
 */
export function freeDescriptors(path: string, atMost: number): number {
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < atMost) files.push(Deno.openSync(path));
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EMFILE" && code !== "ENFILE") throw error;
  } finally {
    for (const file of files) file.close();
  }
  return files.length;
}
