import { constants, zstdCompressSync } from "node:zlib";

/** Makes bytes small that are unpacked quickly. */
export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}
