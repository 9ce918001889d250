import { bytesIn } from "./bytes.ts";
import { crypto } from "./crypto.ts";
import { AbortSignal } from "./events.ts";
import { makeResponse, noteLost, requestEffect } from "./support.ts";
import { TextDecoder, TextEncoder, textOrFault } from "./text.ts";
import { URL, URLSearchParams } from "./url.ts";

type Loose = Record<PropertyKey, unknown>;

export class Headers {
  readonly #values = new Map<string, string>();

  constructor(init?: unknown) {
    if (init === undefined || init === null) return;
    if (typeof init !== "object") throw new TypeError("the headers must be an object");
    for (const [name, value] of entriesOf(init)) this.append(name, value);
  }

  append(name: unknown, value: unknown): void {
    const key = headerName(name);
    const before = this.#values.get(key);
    const text = `${value}`.trim();
    this.#values.set(key, before === undefined ? text : `${before}, ${text}`);
  }

  delete(name: unknown): void {
    this.#values.delete(headerName(name));
  }

  get(name: unknown): string | null {
    return this.#values.get(headerName(name)) ?? null;
  }

  getSetCookie(): string[] {
    const value = this.#values.get("set-cookie");
    return value === undefined ? [] : [value];
  }

  has(name: unknown): boolean {
    return this.#values.has(headerName(name));
  }

  set(name: unknown, value: unknown): void {
    this.#values.set(headerName(name), `${value}`.trim());
  }

  forEach(callback: (value: string, name: string, headers: Headers) => unknown, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const name of [...this.#values.keys()].sort()) yield [name, this.#values.get(name)!];
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}

/** Headers with these values. */
export function headersFrom(values: object): Headers {
  return new Headers(Object.entries(values));
}

function headerName(name: unknown): string {
  const text = `${name}`;
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(text)) {
    throw new TypeError(`"${text.slice(0, 100)}" is no name of a header`);
  }
  return text.toLowerCase();
}

function entriesOf(init: object): Iterable<readonly [unknown, unknown]> {
  const isList = typeof (init as Iterable<unknown>)[Symbol.iterator] === "function";
  return isList ? init as Iterable<readonly [unknown, unknown]> : Object.entries(init);
}

export class Blob {
  readonly type: string;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(parts: Iterable<unknown> = [], { type = "" }: { type?: unknown } = {}) {
    const all = Array.from(parts, bytesOfPart);
    this.#bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
    all.reduce((at, bytes) => (this.#bytes.set(bytes, at), at + bytes.length), 0);
    this.type = `${type}`.toLowerCase();
  }

  /** The bytes themselves, for this library. */
  static bytesOf(blob: Blob): Uint8Array<ArrayBuffer> {
    return blob.#bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async text(): Promise<string> {
    return await Promise.resolve(new TextDecoder().decode(this.#bytes));
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await Promise.resolve(this.#bytes.slice());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  slice(start?: number, end?: number, type?: unknown): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type: type ?? "" });
  }
}

export class File extends Blob {
  readonly name: string;
  readonly lastModified: number;

  constructor(
    parts: Iterable<unknown>,
    name: unknown,
    { type = "", lastModified = Date.now() }: { type?: unknown; lastModified?: number } = {},
  ) {
    super(parts, { type });
    this.name = `${name}`;
    this.lastModified = lastModified;
  }
}

function bytesOfPart(part: unknown): Uint8Array {
  if (part instanceof Blob) return Blob.bytesOf(part);
  if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return bytesIn(part);
  return new TextEncoder().encode(`${part}`);
}

export class FormData {
  #entries: [string, string | File][] = [];

  append(name: unknown, value: unknown, file?: unknown): void {
    this.#entries.push([`${name}`, fieldOf(value, file)]);
  }

  delete(name: unknown): void {
    this.#entries = this.#entries.filter(([each]) => each !== `${name}`);
  }

  get(name: unknown): string | File | null {
    return this.#entries.find(([each]) => each === `${name}`)?.[1] ?? null;
  }

  getAll(name: unknown): (string | File)[] {
    return this.#entries.filter(([each]) => each === `${name}`).map(([, value]) => value);
  }

  has(name: unknown): boolean {
    return this.#entries.some(([each]) => each === `${name}`);
  }

  set(name: unknown, value: unknown, file?: unknown): void {
    const index = this.#entries.findIndex(([each]) => each === `${name}`);
    if (index < 0) return this.append(name, value, file);
    this.#entries[index] = [`${name}`, fieldOf(value, file)];
    this.#entries = this.#entries.filter(([each], i) => i <= index || each !== `${name}`);
  }

  forEach(callback: (value: string | File, name: string, form: FormData) => unknown, self?: unknown): void {
    for (const [name, value] of this.#entries) callback.call(self, value, name, this);
  }

  *entries(): Generator<[string, string | File]> {
    for (const [name, value] of this.#entries) yield [name, value];
  }

  *keys(): Generator<string> {
    for (const [name] of this.#entries) yield name;
  }

  *values(): Generator<string | File> {
    for (const [, value] of this.#entries) yield value;
  }

  [Symbol.iterator](): Generator<[string, string | File]> {
    return this.entries();
  }
}

function fieldOf(value: unknown, file: unknown): string | File {
  if (!(value instanceof Blob)) return `${value}`;
  const name = file ?? (value instanceof File ? value.name : "blob");
  return value instanceof File && file === undefined ? value : new File([value], name, { type: value.type });
}

/** A body as text, and the type that it has by itself. */
function bodyOf(body: unknown): { readonly text: string; readonly type?: string } {
  if (typeof body === "string") return { text: body, type: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return { text: `${body}`, type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (body instanceof FormData) return multipart(body);
  if (body instanceof Blob) {
    const text = textOrFault(Blob.bytesOf(body), "the body");
    return body.type === "" ? { text } : { text, type: body.type };
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { text: textOrFault(body, "the body") };
  throw new TypeError("the body must be a string; use JSON.stringify(…)");
}

function multipart(form: FormData): { readonly text: string; readonly type: string } {
  const boundary = `form-${crypto.randomUUID()}`;
  const quoted = (name: string) => name.replace(/\r?\n|\r/g, "%0D%0A").replaceAll('"', "%22");
  let text = "";
  for (const [name, value] of form) {
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    if (typeof value === "string") text += `\r\n\r\n${value.replace(/\r?\n|\r/g, "\r\n")}\r\n`;
    else {
      const type = value.type || "application/octet-stream";
      const content = textOrFault(Blob.bytesOf(value), `the file ${value.name}`);
      text += `; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
    }
  }
  return { text: `${text}--${boundary}--\r\n`, type: `multipart/form-data; boundary=${boundary}` };
}

export class Request {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
  readonly #body: string | null;

  constructor(resource: unknown, init: Loose = {}) {
    const from = resource instanceof Request ? resource : undefined;
    this.url = from?.url ?? `${new URL(resource)}`;
    this.method = `${init["method"] ?? from?.method ?? "GET"}`.toUpperCase();
    this.headers = new Headers(init["headers"] ?? from?.headers);
    this.signal = (init["signal"] ?? from?.signal ?? undefined) as AbortSignal | undefined;
    if (this.signal !== undefined && !(this.signal instanceof AbortSignal)) {
      throw new TypeError("the signal must be that of an AbortController");
    }
    const body = init["body"] ?? null;
    if (body === null) this.#body = from === undefined ? null : from.#body;
    else {
      const { text, type } = bodyOf(body);
      this.#body = text;
      // As in a plain fetch of a text, the server of a string gets no type that the code did not name.
      if (typeof body !== "string" && type !== undefined && !this.headers.has("content-type")) {
        this.headers.set("content-type", type);
      }
    }
    if (this.#body !== null && /^(GET|HEAD)$/.test(this.method)) {
      throw new TypeError(`a ${this.method} request has no body`);
    }
  }

  /** The body, for this library. */
  static bodyOf(request: Request): string | null {
    return request.#body;
  }

  async text(): Promise<string> {
    return await Promise.resolve(this.#body ?? "");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  clone(): Request {
    return new Request(this);
  }
}

/** `Response` makes the same objects as `fetch` gives. */
export const Response = Object.assign(
  function Response(this: unknown, body: unknown = null, init: Loose = {}) {
    if (!new.target) throw new TypeError("Response needs new");
    const headers = new Headers(init["headers"]);
    const given = body === null ? { text: "" } : bodyOf(body);
    if (given.type !== undefined && !headers.has("content-type")) headers.set("content-type", given.type);
    const status = Number(init["status"] ?? 200);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError("the status of a Response is between 200 and 599");
    }
    return makeResponse({
      status,
      statusText: `${init["statusText"] ?? ""}`,
      body: given.text,
      headers: Object.fromEntries(headers),
    });
  } as unknown as { new (body?: unknown, init?: Loose): object },
  {
    json(value: unknown, init: Loose = {}): object {
      const headers = new Headers(init["headers"]);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(value), { ...init, headers });
    },
    error(): object {
      return makeResponse({ status: 0 });
    },
  },
);

/** `fetch` with the objects of this library: requests, headers, forms, signals. */
export function fetchStandard(resource: unknown, init: Loose): Promise<unknown> {
  let request: Request;
  try {
    request = new Request(resource, init);
  } catch (error) {
    return rejected(error);
  }
  const { signal } = request;
  if (signal?.aborted) return rejected(signal.reason);
  const headers = Object.fromEntries(request.headers);
  const sent = requestEffect("Fetch", [request.url, {
    method: request.method,
    headers,
    body: Request.bodyOf(request),
  }]);
  if (signal === undefined) return sent;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    signal.addEventListener("abort", () => {
      if (isOver) return;
      end();
      noteLost(signal.reason);
      reject(signal.reason);
    }, { once: true });
    sent.then((value) => (end(), resolve(value)), (error) => {
      if (!isOver) noteLost(error);
      end();
      reject(error);
    });
  });
}

function rejected(error: unknown): Promise<never> {
  noteLost(error);
  return Promise.reject(error);
}

/** The bytes of a response's text. The session keeps text only, so other bytes are an error. */
export function responseBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\ufffd")) {
    throw new TypeError(
      "the body is not text, and a session keeps text only; ask the server for JSON or base64",
    );
  }
  return new TextEncoder().encode(text);
}
