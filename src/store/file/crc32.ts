/**
 * CRC-32 (IEEE 802.3, as in zlib and PNG) of bytes, or of those before and these when `before` is the CRC of those.
 *
 * Our own, since Node's is a call into the runtime each time, which takes longer than a record's bytes.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let index = 0; index < bytes.length; index++) {
    crc = crcTable[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

const polynomial = 0xedb88320;

/** The CRC of each byte: a checksum `crc` goes on with `crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8)`. */
export const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});
