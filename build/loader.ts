/** What a loader knows of the program that it is in. */
export interface LoaderOptions {
  /** `import.meta` of the main file. */
  readonly meta: ImportMeta;
  /** The script that a piece is in, by the piece's name. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Files of the folder `packed` that are compressed, by their names without `.z`. */
  readonly compressed: readonly string[];
}

/** A script, once it was needed. */
export interface LoadedScript {
  /** The name of its file in the folder `packed`. */
  readonly file: string;
  /** Machine code of all that has run of it so far. */
  code(): Uint8Array<ArrayBuffer>;
}

/**
 * Loads pieces of a program (see `link.ts`) as they are needed.
 *
 * Machine code of a script, made when the program was compiled, is taken instead of compiling it, if the program carries some;
 * V8 itself sees whether it fits the script, the engine and its flags, and else compiles.
 *
 * The text of this function is put into the program, so it uses nothing from around it.
 */
export function createLoader({ meta, scripts, compressed }: LoaderOptions) {
  /** Functions that give what a piece exports. */
  const factories: Record<string, () => unknown> = {};
  const results = new Map<string, unknown>();
  const loaded: LoadedScript[] = [];

  /** What a piece exports; it runs when it is needed for the first time. */
  function need(name: string): unknown {
    if (!results.has(name)) {
      if (factories[name] === undefined) open(scripts[name]!);
      results.set(name, factories[name]!());
    }
    return results.get(name);
  }

  /** As `import()`, which never throws at once. */
  // deno-lint-ignore require-await
  async function load(name: string): Promise<unknown> {
    return need(name);
  }

  /** As a static import. */
  function builtin(name: string): unknown {
    return globalThis.process.getBuiltinModule(name);
  }

  /** The bytes of a file that was packed. */
  function packed(file: string, isCompressed = compressed.includes(file)): Uint8Array<ArrayBuffer> {
    const bytes = Deno.readFileSync(new URL(`packed/${file}${isCompressed ? ".z" : ""}`, meta.url));
    if (!isCompressed) return bytes;
    const { zstdDecompressSync } = builtin("node:zlib") as typeof import("node:zlib");
    return new Uint8Array(zstdDecompressSync(bytes));
  }

  function open(script: string): void {
    const { Script } = builtin("node:vm") as typeof import("node:vm");
    const file = `${script}.js`;
    const cachedData = codeOf(script);
    const compiled = new Script(new TextDecoder().decode(packed(file)), {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    loaded.push({ file, code: () => new Uint8Array(compiled.createCachedData()) });
    Object.assign(factories, compiled.runInThisContext()(need, load, builtin, packed, meta));
  }

  function codeOf(script: string): Uint8Array | undefined {
    try {
      return packed(`${script}.code`, compressed.includes(`${script}.js`));
    } catch {
      // Nothing of it ran when machine code was made.
      return undefined;
    }
  }

  return { factories, loaded, need, load, builtin, packed };
}
