import { constants, zstdCompressSync } from "node:zlib";

/**
 * Compresses a file that not every start needs. A start reads the whole program file, which takes about 4 ms per MB.
 * Decompressing takes about 9 ms per MB, so the script and its code are carried as they are.
 */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
