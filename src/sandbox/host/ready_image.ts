import type { MachineImage, MachinePlaces } from "./machine.ts";

/** A machine in which the guest is ready and nothing else has run: what every realm starts from. */
export interface ReadyMachine {
  readonly image: MachineImage;
  readonly places: MachinePlaces;
  /** Pointers to the functions of the guest that the host calls, by name. */
  readonly control: Readonly<Record<string, number>>;
}

/**
 * A ready machine as bytes. `madeOf` is a sum over what it was made of, the engine and the guest: a machine of another
 * engine, or with another guest, is another one.
 */
export function encodeReady({ image, places, control }: ReadyMachine, madeOf: number): Uint8Array {
  const head = encoder.encode(
    JSON.stringify({ madeOf, places, control, dataBytes: image.data.length, heapBytes: image.heap.length }),
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

/** The machine that was encoded; `undefined` when it was made of something else, or is no machine at all. */
export function decodeReady(bytes: Uint8Array, madeOf: number): ReadyMachine | undefined {
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
  if (head.madeOf !== madeOf || bytes.length !== heapAt + head.heapBytes) return undefined;
  return {
    image: { data: bytes.subarray(dataAt, heapAt), heap: bytes.subarray(heapAt) },
    places: head.places,
    control: head.control,
  };
}

interface Head extends Omit<ReadyMachine, "image"> {
  readonly madeOf: number;
  readonly dataBytes: number;
  readonly heapBytes: number;
}

const encoder = new TextEncoder();
const magic = encoder.encode("playbooks ready machine\n");
