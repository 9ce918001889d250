/**
 * Puts files into a compiled program, in front of what `deno compile` put at its end.
 *
 * What stands at the end is read whole, and copied, each time the program starts: 2 ms for each megabyte. What stands in front
 * of it nobody reads but `loader.ts`, a file at a time.
 *
 *     the runtime | files | index | bytes of the index, "pbpa" (4 + 4 bytes, big-endian) | what Deno put there
 *
 * The last 16 bytes say how long that is: 0x501e, a sum of the section's name (4 + 4), its length (8), little-endian. The index
 * is JSON: `{ "bytes": of all files, "index": { "name": [at, length] } }`.
 */

/** A file to be put into an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an archive ends with, "pbpa", and what the last 16 bytes of a program begin with. */
export const magics = { archive: 0x70627061, trailer: 0x501e } as const;

const trailerBytes = 16;

/**
 * The bytes of a program with an archive in it; `undefined` where that cannot be: programs for macOS and Windows keep what
 * Deno put there elsewhere, as may other versions of it.
 */
export function withArchive(
  program: Uint8Array,
  files: readonly ArchivedFile[],
): Uint8Array | undefined {
  if (!isElf(program)) return undefined;
  const trailerAt = program.length - trailerBytes;
  const trailer = new DataView(program.buffer, program.byteOffset + trailerAt, trailerBytes);
  const sectionAt = trailerAt - Number(trailer.getBigUint64(8, true));
  if (trailer.getUint32(0, true) !== magics.trailer || sectionAt < elfBytes(program)) return undefined;
  return concatenated([program.subarray(0, sectionAt), archiveOf(files), program.subarray(sectionAt)]);
}

function archiveOf(files: readonly ArchivedFile[]): Uint8Array {
  const index: Record<string, readonly [number, number]> = {};
  let at = 0;
  for (const { name, bytes } of files) {
    index[name] = [at, bytes.length];
    at += bytes.length;
  }
  const indexBytes = new TextEncoder().encode(JSON.stringify({ bytes: at, index }));
  const foot = new DataView(new ArrayBuffer(8));
  foot.setUint32(0, indexBytes.length);
  foot.setUint32(4, magics.archive);
  return concatenated([...files.map(({ bytes }) => bytes), indexBytes, new Uint8Array(foot.buffer)]);
}

function isElf(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 4)) === "\x7fELF";
}

/** Where an ELF file of 64 bits ends by its own head: with its table of sections. */
function elfBytes(bytes: Uint8Array): number {
  const head = new DataView(bytes.buffer, bytes.byteOffset, 64);
  return Number(head.getBigUint64(40, true)) + head.getUint16(58, true) * head.getUint16(60, true);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}
