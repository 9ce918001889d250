import { noteLost } from "./support.ts";
import { setTimeout } from "./timers.ts";

export class DOMException extends Error {
  readonly code: number;

  constructor(message: unknown = "", options: unknown = "Error") {
    super(`${message}`);
    const name = typeof options === "object" && options !== null
      ? (options as { name?: unknown }).name ?? "Error"
      : options;
    Object.defineProperty(this, "name", { value: `${name}`, configurable: true });
    this.code = codes[`${name}`] ?? 0;
  }
}

const codes: Readonly<Record<string, number>> = {
  InvalidCharacterError: 5,
  NotSupportedError: 9,
  SyntaxError: 12,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
  DataCloneError: 25,
};

export class Event {
  readonly type: string;
  readonly cancelable: boolean;
  defaultPrevented = false;
  target: unknown = null;
  currentTarget: unknown = null;
  /** Whether a listener wants no further one to run. */
  isStopped = false;

  constructor(type: unknown, { cancelable = false }: EventInit = {}) {
    this.type = `${type}`;
    this.cancelable = !!cancelable;
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }

  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.isStopped = true;
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

export class EventTarget {
  #listeners: { readonly type: string; readonly listener: Listener; readonly once: boolean }[] = [];

  addEventListener(type: unknown, listener: Listener | null, options?: unknown): void {
    if (listener === null || listener === undefined) return;
    const { once = false, signal } = typeof options === "object" && options !== null
      ? options as { once?: boolean; signal?: AbortSignal }
      : {};
    if (signal?.aborted) return;
    if (this.#listeners.some((each) => each.type === `${type}` && each.listener === listener)) return;
    this.#listeners.push({ type: `${type}`, listener, once: !!once });
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener));
  }

  removeEventListener(type: unknown, listener: Listener | null): void {
    this.#listeners = this.#listeners.filter((each) => each.type !== `${type}` || each.listener !== listener);
  }

  dispatchEvent(event: Event): boolean {
    event.target = event.currentTarget = this;
    const property = (this as unknown as Record<string, unknown>)[`on${event.type}`];
    if (typeof property === "function") run(property.bind(this), event);
    for (const each of this.#listeners.filter(({ type }) => type === event.type)) {
      if (event.isStopped) break;
      if (each.once) this.removeEventListener(each.type, each.listener);
      const { listener } = each;
      run(typeof listener === "function" ? listener.bind(this) : (e) => listener.handleEvent(e), event);
    }
    return !event.defaultPrevented;
  }
}

/** An error of one listener does not stop the others. */
function run(listener: (event: Event) => unknown, event: Event): void {
  try {
    listener(event);
  } catch (error) {
    noteLost(error);
  }
}

const own = Symbol();

export class AbortSignal extends EventTarget {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: Event) => unknown) | null = null;

  constructor(key?: unknown) {
    super();
    if (key !== own) throw new TypeError("An AbortSignal comes from new AbortController().signal");
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(own);
    abort(signal, reason);
    return signal;
  }

  static timeout(ms: unknown): AbortSignal {
    const signal = new AbortSignal(own);
    setTimeout(() => abort(signal, new DOMException("The time is over", "TimeoutError")), ms);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals];
    const joined = new AbortSignal(own);
    const first = all.find(({ aborted }) => aborted);
    if (first) abort(joined, first.reason);
    else for (const each of all) each.addEventListener("abort", () => abort(joined, each.reason));
    return joined;
  }
}

export class AbortController {
  readonly signal = new AbortSignal(own);

  abort(reason?: unknown): void {
    abort(this.signal, reason);
  }
}

function abort(signal: AbortSignal, reason: unknown): void {
  if (signal.aborted) return;
  signal.aborted = true;
  signal.reason = reason === undefined ? new DOMException("It was aborted", "AbortError") : reason;
  signal.dispatchEvent(new Event("abort"));
}
