import { parseProgram, type Program } from "../language/mod.ts";
import { reservedNames } from "./builtins/table.ts";
import type { Source } from "./fold/entry.ts";

/** The programs that a session's frames run, by the hash of their source. */
export class Programs {
  readonly #programs = new Map<string, Program>();

  /** Parses every source that is not known yet. Problems were told when the source was first taken. */
  async add(sources: Iterable<Source>): Promise<void> {
    for (const source of sources) {
      if (this.#programs.has(source.hash)) continue;
      this.#programs.set(source.hash, await parseSource(source));
    }
  }

  get(hash: string): Program {
    const program = this.#programs.get(hash);
    if (!program) throw new TypeError(`The source ${hash} was not loaded`);
    return program;
  }
}

/** Parses a source as it stands in the journal, without reading a file. */
export async function parseSource(source: Source): Promise<Program> {
  const { program } = await parseProgram(source.files, {
    readImport: (path, from) => findImport(source, path, from),
    builtins: reservedNames,
  });
  return program;
}

function findImport(
  source: Source,
  path: string,
  from: string,
): { readonly path: string; readonly text: string } | undefined {
  const key = importKey(path, from);
  const found = source.imports.find((file) => file.key === key);
  return found && { path: found.path, text: found.text };
}

/** What names an import: the directive's path and the file it stands in. */
export function importKey(path: string, from: string): string {
  return `${from}\n${path}`;
}
