import { constants, zstdCompressSync } from "node:zlib";

/** Compresses a file that the program carries: the start of a program reads all of its file, 2 ms for each MB at least. */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
