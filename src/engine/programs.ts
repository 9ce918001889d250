import { parseProgram, type Program } from "../language/mod.ts";
import { reservedNames } from "./builtins/table.ts";
import type { Source } from "./fold/entry.ts";

/** The programs of a session, by the hash of their source. */
export class Programs {
  readonly #programs = new Map<string, Program>();

  /** Parses each new source. Its problems were reported when the session first got it. */
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

/** Parses a source from the journal; reads no file. */
async function parseSource(source: Source): Promise<Program> {
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

/** The key of an import: the file with the directive, and the directive's path. */
export function importKey(path: string, from: string): string {
  return `${from}\n${path}`;
}
