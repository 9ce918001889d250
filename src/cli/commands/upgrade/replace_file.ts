import { dirname, join } from "@std/path";
import { writeError } from "../../write_error.ts";

/**
 * Writes a file's new text beside it and puts it in its place, so that a stop at any moment leaves one of the two whole. Keeps
 * the old text as `FILE.bak`, or under the next free name.
 */
export function replaceText(
  path: string,
  { before, after }: { readonly before: string; readonly after: string },
  options: { readonly backup: boolean },
): { readonly backup?: string } {
  try {
    // A link stays a link: its target is replaced.
    const target = Deno.realPathSync(path);
    const { mode } = Deno.statSync(target);
    const backup = options.backup ? keep(target, before) : undefined;
    const aside = join(dirname(target), `.${crypto.randomUUID()}.tmp`);
    writeSynced(aside, after, mode);
    try {
      Deno.renameSync(aside, target);
    } catch (error) {
      Deno.removeSync(aside);
      throw error;
    }
    return backup === undefined ? {} : { backup };
  } catch (error) {
    throw writeError(`Cannot write ${path}`, error);
  }
}

/** Keeps a text under a free name. The same text is not kept twice. */
function keep(path: string, text: string): string {
  for (let count = 1;; count++) {
    const backup = count === 1 ? `${path}.bak` : `${path}.bak.${count}`;
    try {
      writeSynced(backup, text, undefined);
      return backup;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      if (Deno.readTextFileSync(backup) === text) return backup;
    }
  }
}

function writeSynced(path: string, text: string, mode: number | null | undefined): void {
  using file = Deno.openSync(path, {
    write: true,
    createNew: true,
    ...(typeof mode === "number" ? { mode: mode & 0o777 } : {}),
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncDataSync();
}
