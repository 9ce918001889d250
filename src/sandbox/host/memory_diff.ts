import { assert } from "@std/assert";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { MemoryImage } from "./instance.ts";

// The difference between the memory of an instance and a base image that the reader also has.

/** Bytes of a block: small compared with a memory, large compared with a block's number. */
const blockBytes = 1024;

/** Encodes the blocks of `image` that differ from `base`, compressed. */
export function memoryDiff(image: MemoryImage, base: MemoryImage): Uint8Array {
  const parts = [[image.data, base.data, 0], [image.heap, base.heap, image.data.length]] as const;
  const blocks: Uint8Array[] = [];
  const starts: number[] = [];
  for (const [now, before, offset] of parts) {
    for (const start of changedBlocks(now, before)) {
      starts.push(offset + start);
      blocks.push(now.subarray(start, start + blockBytes));
    }
  }
  const head = Uint32Array.from([image.heap.length, starts.length, ...starts]);
  const raw = new Uint8Array(head.byteLength + blocks.length * blockBytes);
  raw.set(new Uint8Array(head.buffer));
  blocks.forEach((block, index) => raw.set(block, head.byteLength + index * blockBytes));
  return new Uint8Array(deflateRawSync(raw, { level: 1 }));
}

/** The offsets of the blocks that changed. Bytes beyond the end of `before` count as zero. */
function changedBlocks(now: Uint8Array, before: Uint8Array): number[] {
  const [nowWords, beforeWords] = [wordsOf(now), wordsOf(before)];
  const blockWords = blockBytes / 4;
  const starts: number[] = [];
  for (let start = 0; start < nowWords.length; start += blockWords) {
    const end = Math.min(nowWords.length, start + blockWords);
    let index = start;
    while (index < end && nowWords[index] === (index < beforeWords.length ? beforeWords[index] : 0)) index++;
    if (index < end) starts.push(start * 4);
  }
  return starts;
}

/** The bytes of an image as words. Its parts contain whole words. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  // Do not use `slice`: a Node buffer does not copy there.
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  assert(length % 4 === 0, "An image is whole words");
  return new Uint32Array(buffer, byteOffset, length / 4);
}

/** Rebuilds an image from `base` and a difference. Throws the errors of decompression. */
export function patchedImage(difference: Uint8Array, base: MemoryImage): MemoryImage {
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

function bytesOf({ data, heap }: MemoryImage): Uint8Array {
  const bytes = new Uint8Array(data.length + heap.length);
  bytes.set(data);
  bytes.set(heap, data.length);
  return bytes;
}
