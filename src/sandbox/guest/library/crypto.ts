import { bytesIn, bytesOfText, textOfBytes } from "./bytes.ts";
import { DOMException } from "./events.ts";
import { host, nextSeed } from "./support.ts";

/*
 * Random bytes follow from the session, the frame and the turn, so that a replay draws the same ones. They are unique,
 * but not secret.
 */

const maxRandomBytes = 65_536;

function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return bytesOfText(host("random", [nextSeed(), count]) as string);
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

export const crypto = Object.freeze({
  randomUUID(): string {
    const bytes = randomBytes(16);
    bytes[6] = bytes[6]! & 0x0f | 0x40;
    bytes[8] = bytes[8]! & 0x3f | 0x80;
    const text = Array.from(bytes, hex).join("");
    return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => text.slice(from, to)).join(
      "-",
    );
  },

  getRandomValues<View>(view: View): View {
    if (!ArrayBuffer.isView(view) || /Float|DataView/.test(view.constructor.name)) {
      throw new TypeError("crypto.getRandomValues needs a typed array of integers");
    }
    const bytes = bytesIn(view);
    if (bytes.length > maxRandomBytes) {
      throw new DOMException(`it gives at most ${maxRandomBytes} bytes at once`, "QuotaExceededError");
    }
    bytes.set(randomBytes(bytes.length));
    return view;
  },

  subtle: new Proxy({
    async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
      const name = typeof algorithm === "string" ? algorithm : (algorithm as { name?: unknown } | null)?.name;
      const digest = host("digest", [`${name}`.toUpperCase(), textOfBytes(data)]);
      if (typeof digest !== "string") {
        const known = "SHA-1, SHA-256, SHA-384 and SHA-512";
        throw new DOMException(`crypto.subtle.digest knows ${known}, not ${name}`, "NotSupportedError");
      }
      return await Promise.resolve(bytesOfText(digest).buffer);
    },
  }, {
    get(target, key) {
      if (key in target || typeof key === "symbol" || key === "then") return Reflect.get(target, key);
      throw new DOMException(`crypto.subtle has no ${key} here, only digest`, "NotSupportedError");
    },
  }),
});
