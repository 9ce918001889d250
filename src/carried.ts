import { zstdDecompressSync } from "node:zlib";

/**
 * The address of a file that the compiled program carries beside its main module (see `build/`). Returns `undefined` if the
 * program runs from source.
 *
 * The compiled program is a classic script, which has no `import.meta.url`.
 */
export function carriedUrl(name: string): URL | undefined {
  const own: string | undefined = import.meta.url;
  return own === undefined ? new URL(`./carried/${name}`, Deno.mainModule) : undefined;
}

/**
 * The bytes of a carried file, which is stored as `name.zst`. Returns `undefined` if there is no such file. In pieces of the
 * usual 16 KB, unpacking would take several times as long.
 */
export function carriedFile(name: string): Uint8Array<ArrayBuffer> | undefined {
  const url = carriedUrl(`${name}.zst`);
  if (url === undefined) return undefined;
  try {
    return new Uint8Array(zstdDecompressSync(Deno.readFileSync(url), { chunkSize: 1024 * 1024 }));
  } catch {
    return undefined;
  }
}
