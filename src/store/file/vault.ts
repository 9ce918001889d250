import { exitCodes, PlaybooksError } from "../../errors.ts";
import { type Codec, plainCodec } from "./codec.ts";
import type { LockReason } from "../session_summary.ts";
import type { FileSystem } from "./file_system.ts";
import {
  areSame,
  checkBytes,
  type DerivedKey,
  deriveKey,
  type EnvelopeHead,
  envelopeHead,
  newSalt,
  saltBytes,
  SealedCodec,
} from "./sealed_codec.ts";

/** The key of encrypted sessions, and whether new sessions are encrypted. */
export interface Encryption {
  /** `PLAYBOOKS_KEY`. */
  readonly key?: string | undefined;
  /** `[durability] encrypt`. */
  readonly encrypt: boolean;
}

/** The name of the file with the salt of new encrypted sessions, in the storage folder. */
const saltFileName = ".encryption.json";

/** An encrypted session, or a new one, needs another key. */
export class KeyError extends PlaybooksError {
  override readonly name = "KeyError";

  readonly reason: LockReason;

  /** `what` begins the message: `Cannot read session "…"`. */
  constructor(what: string, reason: LockReason, { isNew = false } = {}) {
    const why = reason === "no key"
      ? isNew
        ? "durability.encrypt is on, and PLAYBOOKS_KEY is not set"
        : "it is encrypted, and PLAYBOOKS_KEY is not set"
      : isNew
      ? "PLAYBOOKS_KEY is not the key of the encrypted sessions there"
      : "PLAYBOOKS_KEY is not the key that it was encrypted with";
    const remedy = reason === "wrong key"
      ? isNew ? "set that key, or another storage_path under [durability]" : "set that key"
      : isNew
      ? "make a key with: openssl rand -hex 32, keep it, and set it in the shell (a .env file cannot set it)"
      : "set it in the shell (a .env file cannot set it)";
    super(`${what}: ${why}; ${remedy}`, { exitCode: exitCodes.usage });
    this.reason = reason;
  }
}

/**
 * The codecs of the sessions of one storage folder.
 *
 * Sessions of one storage share a salt, so that a listing derives one key. The file `.encryption.json` has the salt for
 * new sessions. Each envelope has it, too: if the file is lost, the salt of another session takes its place.
 */
export class Vault {
  readonly #fs: FileSystem;
  readonly #storagePath: string;
  readonly encryption: Encryption;
  readonly #key: string | undefined;
  readonly #derived = new Map<string, DerivedKey>();
  readonly #summaries = new Map<string, Codec>();
  readonly #codecs = new Map<string, Codec | LockReason>();

  constructor(fs: FileSystem, storagePath: string, encryption: Encryption = { encrypt: false }) {
    this.#fs = fs;
    this.#storagePath = storagePath;
    this.encryption = encryption;
    this.#key = encryption.key?.trim() || undefined;
  }

  /**
   * Whether a new session is encrypted. Then the key must be there and fit. Throws `KeyError`. Writes nothing.
   * `otherHead` finds the salt of an encrypted session.
   */
  encryptsNew(mustEncrypt: boolean, otherHead: () => EnvelopeHead | undefined): boolean {
    if (!this.encryption.encrypt && !mustEncrypt) return false;
    const what = `Cannot keep an encrypted session in "${this.#storagePath}"`;
    if (this.#key === undefined) throw new KeyError(what, "no key", { isNew: true });
    const head = this.#readSalt() ?? otherHead();
    if (head && this.#keyFor(head) === "wrong key") throw new KeyError(what, "wrong key", { isNew: true });
    return true;
  }

  /** Makes the codec of a new encrypted session, and the file with the salt if it is missing. Throws the disk's errors. */
  begin(id: string, otherHead: () => EnvelopeHead | undefined): void {
    const head = this.#readSalt() ?? this.#makeSalt(otherHead());
    const key = this.#keyFor(head);
    if (typeof key === "string") {
      throw new KeyError(`Cannot keep session "${id}"`, key, { isNew: true });
    }
    this.#codecs.set(id, new SealedCodec(key, id));
  }

  /** Notes that a session is not encrypted. */
  notePlain(id: string): void {
    if (!this.#codecs.has(id)) this.#codecs.set(id, plainCodec);
  }

  /** Notes a session by JSON with one of its envelopes. Returns why it cannot be read, if so. */
  noteSealed(id: string, stored: string): LockReason | undefined {
    const known = this.#codecs.get(id);
    if (known !== undefined && known !== plainCodec) return typeof known === "string" ? known : undefined;
    const head = envelopeHead(stored);
    if (!head) return this.#key === undefined ? "no key" : undefined;
    const key = this.#keyFor(head);
    this.#codecs.set(id, typeof key === "string" ? key : new SealedCodec(key, id));
    return typeof key === "string" ? key : undefined;
  }

  /** Whether `codec` knows the session. */
  knows(id: string): boolean {
    return this.#codecs.has(id);
  }

  /** The codec of a noted session; that of a plain one by default. Throws `KeyError` if the key does not fit. */
  codec(id: string): Codec {
    const known = this.#codecs.get(id) ?? plainCodec;
    if (typeof known === "string") throw new KeyError(`Cannot read session "${id}"`, known);
    return known;
  }

  /** Encrypts parts of a summary with the key of a noted session's salt, which all summaries of a storage share. */
  sealSummary(id: string, json: string): string {
    const codec = this.#codecs.get(id);
    if (!(codec instanceof SealedCodec)) throw new KeyError(`Cannot write session "${id}"`, lockOf(codec));
    return this.#summaryCodec(codec.derived).sealJson(summaryPlace(id), json);
  }

  /** Undoes `sealSummary`; `undefined` if it was changed, or is that of another session. */
  openSummary(id: string, stored: string): string | undefined {
    const head = envelopeHead(stored);
    const key = head && this.#keyFor(head);
    if (key === undefined || typeof key === "string") return undefined;
    return this.#summaryCodec(key).openJson(summaryPlace(id), stored);
  }

  /** A codec for files of the storage that belong to no session. Throws `KeyError`. */
  storageCodec(owner: string): Codec {
    if (!this.encryption.encrypt) return plainCodec;
    const key = this.#keyFor(this.#readSalt() ?? this.#makeSalt(undefined));
    if (typeof key !== "string") return new SealedCodec(key, owner);
    throw new KeyError(`Cannot encrypt in "${this.#storagePath}"`, key, { isNew: true });
  }

  #summaryCodec(key: DerivedKey): Codec {
    const name = nameOf(key.salt);
    const known = this.#summaries.get(name) ?? new SealedCodec(key, "summaries");
    this.#summaries.set(name, known);
    return known;
  }

  #keyFor(
    { salt, check }: { readonly salt: Uint8Array; readonly check?: Uint8Array },
  ): DerivedKey | LockReason {
    if (this.#key === undefined) return "no key";
    const name = nameOf(salt);
    const key = this.#derived.get(name) ?? deriveKey(this.#key, salt);
    this.#derived.set(name, key);
    return check === undefined || areSame(key.check, check) ? key : "wrong key";
  }

  /** The salt of new sessions; `undefined` if the file is missing or damaged. */
  #readSalt(): EnvelopeHead | undefined {
    const bytes = this.#fs.read(`${this.#storagePath}/${saltFileName}`);
    const text = new TextDecoder().decode(bytes ?? new Uint8Array());
    const found = saltPattern.exec(text);
    return found ? { salt: bytesOf(found[1]!), check: bytesOf(found[2]!) } : undefined;
  }

  /** If another process makes the file at the same time, the first one counts. */
  #makeSalt(other: EnvelopeHead | undefined): EnvelopeHead {
    const salt = other?.salt ?? newSalt();
    const key = this.#keyFor({ salt });
    if (typeof key === "string") {
      throw new KeyError(`Cannot encrypt in "${this.#storagePath}"`, key, { isNew: true });
    }
    const path = `${this.#storagePath}/${saltFileName}`;
    const text = `{"version":1,"salt":"${nameOf(salt)}","check":"${nameOf(key.check)}"}\n`;
    const bytes = new TextEncoder().encode(text);
    if (!this.#fs.create(path, bytes)) {
      const first = this.#readSalt();
      if (first) return first;
      this.#fs.replace(path, bytes);
    }
    this.#fs.syncFolder(this.#storagePath);
    return key;
  }
}

const saltPattern = new RegExp(
  `^\\{"version":1,"salt":"([0-9a-f]{${2 * saltBytes}})","check":"([0-9a-f]{${2 * checkBytes}})"\\}\\n$`,
);

function lockOf(codec: Codec | LockReason | undefined): LockReason {
  return typeof codec === "string" ? codec : "no key";
}

function summaryPlace(id: string): string {
  return `summary ${id}`;
}

function nameOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
