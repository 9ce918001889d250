import { errorCode } from "../storage_error.ts";

/**
 * How many more files the process may open, counted up to `atMost` by opening a file that often.
 *
 * Libraries that cannot open one more may end the process, or hang it. So it is asked before they are called.
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
