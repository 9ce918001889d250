import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, scryptSync } from "node:crypto";
import type { Codec } from "./codec.ts";

/*
 * An envelope holds one encrypted content:
 *
 *     "pbe" 1   salt (16)   check (4)   nonce (12)   ciphertext   tag (16)
 *
 * Invariants:
 * E1. Each envelope names the salt of its key, so no other file is needed to read it.
 * E2. A nonce is random and used once. So a kill, a rewind or a copied folder never repeats one. With 2^32 envelopes of
 *     one session, a repeated nonce has a probability of 2^-33.
 * E3. The place of the content is authenticated with it. The key depends on the session. So an envelope opens nowhere
 *     else.
 * E4. `check` tells a wrong key from a changed envelope. It depends on salt and key alone.
 */

/** A key, as it was derived from the user's key and a salt. */
export interface DerivedKey {
  readonly salt: Uint8Array;
  readonly check: Uint8Array;
  readonly master: Uint8Array;
}

/** The readable part of an envelope. */
export type EnvelopeHead = Pick<DerivedKey, "salt" | "check">;

/**
 * Derives a key. A text of 64 hexadecimal digits is a key already, so that takes no time. For any other text, scrypt
 * makes guesses slow: about a tenth of a second each.
 */
export function deriveKey(text: string, salt: Uint8Array): DerivedKey {
  const isKey = /^[0-9a-f]{64}$/i.test(text);
  const secret = isKey
    ? Buffer.from(text, "hex")
    : scryptSync(text.normalize("NFC"), salt, keyBytes, { N: 2 ** 15, r: 8, p: 1, maxmem: maxScryptBytes });
  const master = expanded(secret, salt, "master", keyBytes);
  return { salt, check: expanded(master, salt, "check", checkBytes), master };
}

/** The codec for content of one session, or of another `owner`. */
export class SealedCodec implements Codec {
  readonly isSealed = true;
  readonly derived: DerivedKey;
  readonly #head: Uint8Array;
  readonly #key: Uint8Array;
  readonly #namingKey: Uint8Array;

  constructor(key: DerivedKey, owner: string) {
    this.derived = key;
    this.#head = new Uint8Array([...magic, ...key.salt, ...key.check]);
    this.#key = expanded(key.master, key.salt, `content ${owner}`, keyBytes);
    this.#namingKey = expanded(key.master, key.salt, `names ${owner}`, keyBytes);
  }

  sealJson(place: string, json: string): string {
    return `"${Buffer.from(this.sealBytes(place, Buffer.from(json))).toString("base64")}"`;
  }

  openJson(place: string, stored: string): string | undefined {
    const envelope = bytesIn(stored);
    const bytes = envelope && this.openBytes(place, envelope);
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }

  sealBytes(place: string, bytes: Uint8Array): Uint8Array {
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    cipher.setAAD(Buffer.from(place));
    return Buffer.concat([this.#head, nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  openBytes(place: string, stored: Uint8Array): Uint8Array | undefined {
    if (stored.length < minEnvelopeBytes) return undefined;
    if (!this.#head.every((byte, index) => stored[index] === byte)) return undefined;
    const end = stored.length - tagBytes;
    const nonce = stored.subarray(headBytes, headBytes + nonceBytes);
    try {
      const decipher = createDecipheriv(algorithm, this.#key, nonce);
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(stored.subarray(end));
      const first = decipher.update(stored.subarray(headBytes + nonceBytes, end));
      // This throws if the tag does not fit.
      const rest = decipher.final();
      const bytes = rest.length === 0 ? first : Buffer.concat([first, rest]);
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    } catch {
      return undefined;
    }
  }

  nameOf(content: Uint8Array | string): string {
    return createHmac("sha256", this.#namingKey).update(content).digest("hex");
  }
}

/** The head of an envelope in JSON; `undefined` if it is none. */
export function envelopeHead(stored: string): EnvelopeHead | undefined {
  const bytes = bytesIn(stored);
  if (!bytes || bytes.length < minEnvelopeBytes || !magic.every((byte, index) => bytes[index] === byte)) {
    return undefined;
  }
  const saltEnd = magic.length + saltBytes;
  return { salt: bytes.slice(magic.length, saltEnd), check: bytes.slice(saltEnd, headBytes) };
}

/** A new salt. */
export function newSalt(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(saltBytes));
}

/** Whether two parts of keys are the same. They are no secrets. */
export function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function bytesIn(stored: string): Uint8Array | undefined {
  return /^"[A-Za-z0-9+/]+={0,2}"$/.test(stored) ? Buffer.from(stored.slice(1, -1), "base64") : undefined;
}

function expanded(secret: Uint8Array, salt: Uint8Array, info: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, info, bytes));
}

const algorithm = "aes-256-gcm";
/** `pbe` and the format of the envelope. */
const magic = [112, 98, 101, 1];
export const saltBytes = 16;
export const checkBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
const headBytes = magic.length + saltBytes + checkBytes;
const minEnvelopeBytes = headBytes + nonceBytes + tagBytes;
/** scrypt needs 32 MiB and a little. */
const maxScryptBytes = 64 * 1024 * 1024;
