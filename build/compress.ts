import { constants, zstdCompressSync } from "node:zlib";

/** Compresses a file that the program carries. A start reads the whole program file, which takes at least 2 ms per MB. */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
