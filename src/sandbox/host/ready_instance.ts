import type { InstanceAddresses, MemoryImage } from "./instance.ts";

/** An instance with a ready guest in which no other code has run. Every instance starts from it. */
export interface ReadyInstance {
  readonly image: MemoryImage;
  readonly addresses: InstanceAddresses;
  /** Pointers to the functions of the guest that the host calls, by name. */
  readonly control: Readonly<Record<string, number>>;
}

/** Encodes a ready instance. `buildHash` is the checksum of its engine and guest. */
export function encodeReadyInstance(
  { image, addresses, control }: ReadyInstance,
  buildHash: number,
): Uint8Array {
  const head = encoder.encode(
    JSON.stringify({
      buildHash,
      addresses,
      control,
      dataBytes: image.data.length,
      heapBytes: image.heap.length,
    }),
  );
  const bytes = new Uint8Array(magic.length + 4 + head.length + image.data.length + image.heap.length);
  bytes.set(magic);
  new DataView(bytes.buffer).setUint32(magic.length, head.length);
  let at = magic.length + 4;
  for (const part of [head, image.data, image.heap]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Decodes a ready instance; `undefined` if its `buildHash` differs or the bytes are damaged. */
export function decodeReadyInstance(bytes: Uint8Array, buildHash: number): ReadyInstance | undefined {
  if (bytes.length < magic.length + 4 || magic.some((byte, index) => bytes[index] !== byte)) return undefined;
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length);
  const dataAt = magic.length + 4 + headBytes;
  let head: Head;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(magic.length + 4, dataAt)));
  } catch {
    return undefined;
  }
  const heapAt = dataAt + head.dataBytes;
  if (head.buildHash !== buildHash || bytes.length !== heapAt + head.heapBytes) return undefined;
  return {
    image: { data: bytes.subarray(dataAt, heapAt), heap: bytes.subarray(heapAt) },
    addresses: head.addresses,
    control: head.control,
  };
}

interface Head extends Omit<ReadyInstance, "image"> {
  readonly buildHash: number;
  readonly dataBytes: number;
  readonly heapBytes: number;
}

const encoder = new TextEncoder();
const magic = encoder.encode("playbooks ready instance\n");
