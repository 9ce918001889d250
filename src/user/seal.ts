import { createHmac, randomBytes } from "node:crypto";
import { join } from "@std/path";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { readStateFile, replaceStateFile } from "./state_folder.ts";

/**
 * Authenticates data that this user's processes store in folders where others can write. The mark is an HMAC-SHA-256
 * with a secret from the user's state folder.
 *
 * It reads or makes the secret at the first use. Without a state folder it makes no mark and accepts none.
 */
export class Seal {
  readonly #path: string | undefined;
  #secret: Uint8Array | undefined;

  constructor(stateFolder: string | undefined) {
    this.#path = stateFolder === undefined ? undefined : join(stateFolder, secretName);
  }

  /** The mark of these parts as 64 hexadecimal digits; `undefined` without a secret. */
  of(parts: readonly (string | Uint8Array)[]): string | undefined {
    const secret = this.#secret ??= this.#readSecret() ?? this.#makeSecret();
    return secret && markOf(secret, parts);
  }

  /** Whether a mark belongs to these parts. */
  isOn(mark: string, parts: readonly (string | Uint8Array)[]): boolean {
    const secret = this.#secret ??= this.#readSecret();
    if (secret === undefined || !/^[0-9a-f]{64}$/.test(mark)) return false;
    const encoder = new TextEncoder();
    return timingSafeEqual(encoder.encode(markOf(secret, parts)), encoder.encode(mark));
  }

  #readSecret(): Uint8Array | undefined {
    if (this.#path === undefined) return undefined;
    try {
      const bytes = readStateFile(this.#path, secretBytes);
      return bytes?.length === secretBytes ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** If another process makes a secret at the same time, the first one counts. */
  #makeSecret(): Uint8Array | undefined {
    if (this.#path === undefined) return undefined;
    try {
      Deno.mkdirSync(join(this.#path, ".."), { recursive: true, mode: 0o700 });
      using file = Deno.openSync(this.#path, { write: true, createNew: true, mode: 0o600 });
      const secret = new Uint8Array(randomBytes(secretBytes));
      file.writeSync(secret);
      file.syncSync();
      return secret;
    } catch (error) {
      return error instanceof Deno.errors.AlreadyExists
        ? this.#readSecret() ?? this.#replaceSecret()
        : undefined;
    }
  }

  /** Replaces a secret that a crash truncated, or a secret that others could write. */
  #replaceSecret(): Uint8Array | undefined {
    try {
      const secret = new Uint8Array(randomBytes(secretBytes));
      replaceStateFile(this.#path!, secret);
      return secret;
    } catch {
      return undefined;
    }
  }
}

const secretName = "secret";
const secretBytes = 32;

/** Writes the length before each part, so that different parts never give the same bytes. */
function markOf(secret: Uint8Array, parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac("sha256", secret);
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    mac.update(`${bytes.length}:`).update(bytes);
  }
  return mac.digest("hex");
}
