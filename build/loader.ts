/** What a loader knows of the program that it is in. */
export interface LoaderOptions {
  /** `import.meta` of the main file. */
  readonly meta: ImportMeta;
  /** The script that a piece is in, by the piece's name. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Files of the folder `packed` that are compressed, by their names without `.z`. */
  readonly compressed: readonly string[];
  /** By which an archive is known: see `archive.ts`. */
  readonly magics: { readonly archive: number; readonly trailer: number };
}

/** A script, once it was needed. */
export interface LoadedScript {
  /** The name of its file in the folder `packed`. */
  readonly file: string;
  /** Machine code of all that has run of it so far. */
  code(): Uint8Array<ArrayBuffer>;
}

interface Archive {
  /** Where its first file begins. */
  readonly start: number;
  /** Where each file begins from there, and how long it is. */
  readonly index: Readonly<Record<string, readonly [at: number, length: number]>>;
  /** Fills the bytes with what stands there. */
  read(at: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/**
 * Loads pieces of a program (see `link.ts`) as they are needed.
 *
 * Machine code of a script, made when the program was compiled, is taken instead of compiling it, if the program carries some;
 * V8 itself sees whether it fits the script, the engine and its flags, and else compiles.
 *
 * The text of this function is put into the program, so it uses nothing from around it.
 */
export function createLoader({ meta, scripts, compressed, magics }: LoaderOptions) {
  /** Functions that give what a piece exports. */
  const factories: Record<string, () => unknown> = {};
  const results = new Map<string, unknown>();
  const loaded: LoadedScript[] = [];
  let archive: Archive | "none" | undefined;
  /** Larger than any script that most runs load. */
  const leastScratchBytes = 640 * 1024;
  let scratch = new Uint8Array(0);

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
    const bytes = stored(`${file}${isCompressed ? ".z" : ""}`);
    if (!isCompressed) return bytes;
    const { zstdDecompressSync } = builtin("node:zlib") as typeof import("node:zlib");
    return new Uint8Array(zstdDecompressSync(bytes));
  }

  /** As `packed`, in memory that the next call uses again: memory that nothing has used yet takes longer than the bytes. */
  function passing(file: string): Uint8Array<ArrayBuffer> {
    return compressed.includes(file) ? packed(file) : stored(file, (length) => {
      if (length > scratch.length) scratch = new Uint8Array(Math.max(length, leastScratchBytes));
      return scratch.subarray(0, length);
    });
  }

  /** The bytes of a file of the archive that the program's own file holds, else of the folder beside this script. */
  function stored(name: string, room = (length: number) => new Uint8Array(length)): Uint8Array<ArrayBuffer> {
    archive ??= openArchive() ?? "none";
    if (archive === "none") return Deno.readFileSync(new URL(`packed/${name}`, meta.url));
    const place = archive.index[name];
    if (place === undefined) throw new Deno.errors.NotFound(name);
    return archive.read(archive.start + place[0], room(place[1]));
  }

  /** See `archive.ts`. The file stays open: who puts another version in its place takes nothing from a program that runs. */
  function openArchive(): Archive | undefined {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(Deno.execPath());
    } catch {
      return undefined;
    }
    const read = (at: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
      file.seekSync(at, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) {
        const count = file.readSync(bytes.subarray(done));
        if (count === null) throw new Error(`Cannot read ${Deno.execPath()}: it is shorter than it was`);
        done += count;
      }
      return bytes;
    };
    const end = file.seekSync(0, Deno.SeekMode.End);
    const trailer = new DataView(read(end - 16, new Uint8Array(16)).buffer);
    const section = end - 16 - Number(trailer.getBigUint64(8, true));
    const foot = trailer.getUint32(0, true) === magics.trailer && section > 8 && section < end
      ? new DataView(read(section - 8, new Uint8Array(8)).buffer)
      : undefined;
    if (foot?.getUint32(4) !== magics.archive) {
      file.close();
      return undefined;
    }
    const indexBytes = foot.getUint32(0);
    const text = read(section - 8 - indexBytes, new Uint8Array(indexBytes));
    const { bytes, index } = JSON.parse(new TextDecoder().decode(text));
    return { start: section - 8 - indexBytes - bytes, index, read };
  }

  function open(script: string): void {
    const { Script } = builtin("node:vm") as typeof import("node:vm");
    const file = `${script}.js`;
    const text = new TextDecoder().decode(passing(file));
    const cachedData = codeOf(script);
    const compiled = new Script(text, {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    loaded.push({ file, code: () => new Uint8Array(compiled.createCachedData()) });
    Object.assign(factories, compiled.runInThisContext()(need, load, builtin, packed, meta));
  }

  function codeOf(script: string): Uint8Array | undefined {
    try {
      const file = `${script}.code`;
      return compressed.includes(`${script}.js`) ? packed(file, true) : passing(file);
    } catch {
      // Nothing of it ran when machine code was made.
      return undefined;
    }
  }

  return { factories, loaded, need, load, builtin, packed };
}
