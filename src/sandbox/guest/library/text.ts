import { bytesIn, bytesOfText, textOfBytes } from "./bytes.ts";
import { DOMException } from "./events.ts";
import { host } from "./support.ts";

export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(text: unknown = ""): Uint8Array<ArrayBuffer> {
    return bytesOfText(host("utf8", [`${text}`]) as string);
  }

  encodeInto(text: unknown, target: Uint8Array): { read: number; written: number } {
    let [read, written] = [0, 0];
    for (const character of `${text}`) {
      const bytes = this.encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

export class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label: unknown = "utf-8", { fatal = false, ignoreBOM = false }: TextDecoderOptions = {}) {
    this.encoding = host("encodingOf", [`${label}`]) as string;
    this.fatal = !!fatal;
    this.ignoreBOM = !!ignoreBOM;
  }

  decode(data: unknown = new Uint8Array(), { stream = false }: TextDecodeOptions = {}): string {
    if (stream) throw new TypeError("TextDecoder has no stream here: decode all bytes at once");
    return host("decode", [this.encoding, textOfBytes(data), this.fatal, this.ignoreBOM]) as string;
  }
}

/** The text of bytes, or an error if they are not text. */
export function textOrFault(data: unknown, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesIn(data));
  } catch {
    throw new TypeError(`${what} must be text in UTF-8: other bytes cannot be sent from here`);
  }
}

export function atob(text: unknown): string {
  return base64("atob", text);
}

export function btoa(text: unknown): string {
  return base64("btoa", text);
}

function base64(name: string, text: unknown): string {
  const result = host(name, [`${text}`]);
  if (typeof result === "string") return result;
  const why = name === "atob"
    ? "the text is not valid base64"
    : "the text has characters above U+00FF: encode it with TextEncoder first";
  throw new DOMException(`${name}: ${why}`, "InvalidCharacterError");
}
