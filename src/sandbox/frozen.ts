import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { MachineImage } from "./machine.ts";

// A machine's memory as bytes to keep: what differs from an image that whoever reads them has too.

/** The difference is told in blocks of so many bytes: small beside a memory, large beside the number of a block. */
const blockBytes = 1024;

/** What `image` has that `base` has not, compressed. */
export function differenceOf(image: MachineImage, base: MachineImage): Uint8Array {
  const [now, before] = [bytesOf(image), bytesOf(base)];
  const blocks: number[] = [];
  for (let start = 0; start < now.length; start += blockBytes) {
    if (!isSame(now, before, start, Math.min(now.length, start + blockBytes))) blocks.push(start);
  }
  const head = Uint32Array.from([image.heap.length, blocks.length, ...blocks]);
  const raw = new Uint8Array(head.byteLength + blocks.length * blockBytes);
  raw.set(new Uint8Array(head.buffer));
  let offset = head.byteLength;
  for (const start of blocks) {
    raw.set(now.subarray(start, start + blockBytes), offset);
    offset += blockBytes;
  }
  return new Uint8Array(deflateRawSync(raw, { level: 1 }));
}

/** The image of which that is the difference; throws what decompression throws. */
export function imageFrom(difference: Uint8Array, base: MachineImage): MachineImage {
  const raw = new Uint8Array(inflateRawSync(difference)).slice();
  const words = new Uint32Array(raw.buffer, 0, raw.length >> 2);
  const [heapLength, count] = [words[0]!, words[1]!];
  const { data } = base;
  const bytes = new Uint8Array(data.length + heapLength);
  bytes.set(bytesOf(base).subarray(0, bytes.length));
  let offset = 4 * (2 + count);
  for (const start of words.subarray(2, 2 + count)) {
    bytes.set(raw.subarray(offset, offset + Math.min(blockBytes, bytes.length - start)), start);
    offset += blockBytes;
  }
  return { data: bytes.slice(0, data.length), heap: bytes.slice(data.length) };
}

function bytesOf({ data, heap }: MachineImage): Uint8Array {
  const bytes = new Uint8Array(data.length + heap.length);
  bytes.set(data);
  bytes.set(heap, data.length);
  return bytes;
}

function isSame(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (a[index] !== (b[index] ?? 0)) return false;
  return true;
}
