import { createHmac, randomBytes } from "node:crypto";
import { join } from "@std/path";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { readStateFile, replaceStateFile } from "./state_folder.ts";

/**
 * Marks what this user's own processes wrote, so that they know it again in a folder where others can write: an
 * HMAC-SHA-256 under a secret of the user's state folder.
 *
 * The secret is read, or made, at the first use. Without a state folder nothing is marked and no mark is right.
 */
export class Seal {
  readonly #path: string | undefined;
  #secret: Uint8Array | undefined;

  constructor(stateFolder: string | undefined) {
    this.#path = stateFolder === undefined ? undefined : join(stateFolder, secretName);
  }

  /** The mark of these parts as 64 hexadecimal digits; `undefined` if there is no secret and none can be made. */
  of(parts: readonly (string | Uint8Array)[]): string | undefined {
    const secret = this.#secret ??= this.#readSecret() ?? this.#makeSecret();
    return secret && markOf(secret, parts);
  }

  /** Whether a mark is that of these parts. */
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

  /** Another process may make one at the same moment: the one that is there first counts. */
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

  /** A secret that a crash cut off, or that others could have read or written, is of no use. */
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

/** Each part has its length before it, so that no other parts give the same bytes. */
function markOf(secret: Uint8Array, parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac("sha256", secret);
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    mac.update(`${bytes.length}:`).update(bytes);
  }
  return mac.digest("hex");
}
