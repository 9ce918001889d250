/*
 * Bytes cross to the host as a string with one character for each byte.
 */

const charactersAtOnce = 8_192;

/** The bytes of a buffer or a view, as a string with a character for each. */
export function textOfBytes(data: unknown): string {
  const bytes = bytesIn(data);
  let text = "";
  for (let i = 0; i < bytes.length; i += charactersAtOnce) {
    text += String.fromCharCode(...bytes.subarray(i, i + charactersAtOnce));
  }
  return text;
}

/** The bytes of a string that has a character for each. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The bytes of a buffer or a view, without a copy. */
export function bytesIn(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(
    "the data must be an ArrayBuffer or a typed array, such as new TextEncoder().encode(text)",
  );
}
