import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import type { ExportBytes } from "../session/mod.ts";
import { cleanLine } from "../text/mod.ts";

/** An exported session on disk. */
export interface ExportFile extends ExportBytes, Disposable {
  readonly size: number;
}

/** Opens an exported session. `name` is its path as the user named it. Throws a `PlaybooksError` (exit 2). */
export function openExport(path: string, name: string): ExportFile {
  const cannot = (reason: string) =>
    new PlaybooksError(`Cannot read ${name}: ${reason}`, { exitCode: exitCodes.usage });
  let file: Deno.FsFile;
  try {
    // Opening a pipe or a device may wait.
    if (!Deno.statSync(path).isFile) throw cannot("it is not a regular file");
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof PlaybooksError) throw error;
    throw cannot(error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error));
  }
  return {
    name: cleanLine(name),
    size: file.statSync().size,
    readAt(buffer, at) {
      try {
        file.seekSync(at, Deno.SeekMode.Start);
        return buffer.length === 0 ? 0 : file.readSync(buffer) ?? 0;
      } catch (error) {
        throw cannot(messageOf(error));
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}
