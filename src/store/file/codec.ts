import { createHash } from "node:crypto";

/**
 * The form of a session's content in its files: as it is, or encrypted.
 *
 * `place` says where a content stands, such as `entry 12 11`. Encrypted content opens only at its place, in its session.
 */
export interface Codec {
  /** Whether the content is encrypted. */
  readonly isSealed: boolean;
  /** The JSON text that a file holds for a JSON text. */
  sealJson(place: string, json: string): string;
  /** Undoes `sealJson`; `undefined` if the content was changed, or belongs to another place. */
  openJson(place: string, stored: string): string | undefined;
  /** The bytes that a file holds for a content. */
  sealBytes(place: string, bytes: Uint8Array): Uint8Array;
  /** Undoes `sealBytes`; `undefined` as for `openJson`. */
  openBytes(place: string, stored: Uint8Array): Uint8Array | undefined;
  /** A file name for a content, 64 hexadecimal digits. Without the key, it does not help to guess an encrypted content. */
  nameOf(content: Uint8Array | string): string;
}

/** Keeps content as it is. */
export const plainCodec: Codec = {
  isSealed: false,
  sealJson: (_, json) => json,
  openJson: (_, stored) => stored,
  sealBytes: (_, bytes) => bytes,
  openBytes: (_, stored) => stored,
  nameOf: (content) => sha256(content),
};

/** SHA-256 of the joined parts, as 64 hexadecimal digits. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
