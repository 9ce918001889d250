/** The part of a request that comes next. */
type Phase =
  | { readonly kind: TextKind; readonly text: string }
  | { readonly kind: DataKind; readonly missingBytes: number }
  /** What cannot be read. The server refuses it and ends the connection. */
  | { readonly kind: "unknown" };

type TextKind = "head" | "chunk size" | "trailer";
type DataKind = "body" | "chunk";

/** Follows the requests on a connection by the bytes of the client: which part is missing, and since when. */
export class RequestMeter {
  #phase: Phase = { kind: "head", text: "" };
  /** The time when the request began; `undefined` between two requests. */
  #sinceMs: number | undefined;

  /** The first request begins with its connection. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Takes the next bytes. Returns false if the head is longer than any server takes. */
  take(bytes: Uint8Array, nowMs: number): boolean {
    for (let at = 0; at < bytes.length;) {
      this.#sinceMs ??= nowMs;
      const phase = this.#phase;
      if (phase.kind === "unknown") return true;
      if ("missingBytes" in phase) {
        const count = Math.min(phase.missingBytes, bytes.length - at);
        at += count;
        this.#reading(phase.kind, phase.missingBytes - count);
        continue;
      }
      const text = phase.text + new TextDecoder("latin1").decode(bytes.subarray(at));
      const ending = phase.kind === "head" ? "\r\n\r\n" : "\r\n";
      const end = text.indexOf(ending, Math.max(0, phase.text.length - ending.length));
      if (end < 0) {
        this.#phase = { kind: phase.kind, text };
        return text.length <= maxHeadCharacters;
      }
      at += end + ending.length - phase.text.length;
      this.#ended(phase.kind, text.slice(0, end));
    }
    return true;
  }

  /** Whether the last request is whole, and no other one has begun. */
  get isBetween(): boolean {
    return this.#sinceMs === undefined;
  }

  /** Whether a head or a whole request has not arrived in time. */
  isLate(
    { headMs, requestMs }: { readonly headMs: number; readonly requestMs: number },
    nowMs: number,
  ): boolean {
    if (this.#sinceMs === undefined) return false;
    return nowMs - this.#sinceMs > (this.#phase.kind === "head" ? headMs : requestMs);
  }

  /** Takes the end of a part that is text. */
  #ended(kind: TextKind, text: string): void {
    if (kind === "head") {
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
      const isInChunks = /^transfer-encoding:[^\r]*\bchunked\b/im.test(text);
      if (isInChunks) this.#phase = { kind: "chunk size", text: "" };
      else this.#reading("body", length);
    } else if (kind === "trailer") {
      if (text === "") this.#whole();
      else this.#phase = { kind, text: "" };
    } else {
      const bytes = /^\s*([0-9a-f]{1,8})\s*(?:;|$)/i.exec(text)?.[1];
      if (bytes === undefined) this.#phase = { kind: "unknown" };
      else if (/^0+$/.test(bytes)) this.#phase = { kind: "trailer", text: "" };
      else this.#phase = { kind: "chunk", missingBytes: parseInt(bytes, 16) + chunkEndBytes };
    }
  }

  #reading(kind: DataKind, missingBytes: number): void {
    if (missingBytes > 0) this.#phase = { kind, missingBytes };
    else if (kind === "chunk") this.#phase = { kind: "chunk size", text: "" };
    else this.#whole();
  }

  #whole(): void {
    this.#phase = { kind: "head", text: "" };
    this.#sinceMs = undefined;
  }
}

/** More than any server takes. */
const maxHeadCharacters = 256 * 1024;
/** The end of a line after a chunk. */
const chunkEndBytes = 2;
