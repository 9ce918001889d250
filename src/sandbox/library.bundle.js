// Made by "deno task guest" from src/sandbox/guest/library/main.ts. Do not edit.
(function (support) {
"use strict";
const library = {};
(() => {
  // src/sandbox/guest/library/support.ts
  var requestEffect = support.request;
  var host = support.host;
  var noteLog = support.log;
  var noteLost = support.loseError;
  var makeResponse = support.responseOf;
  var nextSeed = support.nextSeed;

  // src/sandbox/guest/library/console.ts
  var counts = /* @__PURE__ */ new Map();
  var starts = /* @__PURE__ */ new Map();
  var consoleMethods = {
    assert(condition, ...values) {
      if (!condition) noteLog("Assertion failed", ...values);
    },
    count(label = "default") {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      noteLog(`${label}: ${count}`);
    },
    countReset(label = "default") {
      counts.delete(`${label}`);
    },
    time(label = "default") {
      starts.set(`${label}`, Date.now());
    },
    timeLog(label = "default", ...values) {
      const start2 = starts.get(`${label}`);
      if (start2 === void 0) noteLog(`There is no timer ${label}: call console.time first`);
      else noteLog(`${label}: ${Date.now() - start2} ms`, ...values);
    },
    timeEnd(label = "default") {
      consoleMethods.timeLog(label);
      starts.delete(`${label}`);
    },
    trace(...values) {
      noteLog("Trace:", ...values);
    },
    table(data, columns) {
      if (typeof data !== "object" || data === null) noteLog(data);
      else noteLog(tableOf(data, columns?.map((name) => `${name}`)));
    }
  };
  function tableOf(data, columns) {
    const rows = data instanceof Map ? [
      ...data
    ].map(([key, value]) => [
      cellOf(key),
      value
    ]) : data instanceof Set ? [
      ...data
    ].map((value, index) => [
      `${index}`,
      value
    ]) : Object.entries(data);
    const names = [];
    let hasValues = false;
    for (const [, row] of rows) {
      if (typeof row !== "object" || row === null) hasValues = true;
      else for (const name of Object.keys(row)) if (!names.includes(name)) names.push(name);
    }
    const shown = columns ?? names;
    const head = [
      "(index)",
      ...shown,
      ...hasValues ? [
        "Values"
      ] : []
    ];
    const lines = rows.map(([index, row]) => {
      const isObject = typeof row === "object" && row !== null;
      const cells = shown.map((name) => isObject && Object.hasOwn(row, name) ? cellOf(row[name]) : "");
      return [
        index,
        ...cells,
        ...hasValues ? [
          isObject ? "" : cellOf(row)
        ] : []
      ];
    });
    const widths = head.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i].length)));
    const text = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
    return [
      "",
      text(head),
      `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
      ...lines.map(text)
    ].join("\n");
  }
  function cellOf(value) {
    if (typeof value === "string") return value.replaceAll("\n", " ");
    if (typeof value !== "object" || value === null) return String(value);
    try {
      return JSON.stringify(value);
    } catch {
      return String(value);
    }
  }
  function formatted(values) {
    let used = 1;
    const text = values[0].replace(/%([sdifjoOc%])/g, (whole, kind) => {
      if (kind === "%") return "%";
      if (used >= values.length) return whole;
      const value = values[used++];
      switch (kind) {
        case "d":
          return `${typeof value === "bigint" ? value : Number(value)}`;
        case "i":
          return `${parseInt(`${value}`)}`;
        case "f":
          return `${parseFloat(`${value}`)}`;
        case "c":
          return "";
        case "s":
          return typeof value === "object" && value !== null ? cellOf(value) : String(value);
        default:
          return typeof value === "object" && value !== null ? cellOf(value) : JSON.stringify(value) ?? String(value);
      }
    });
    return [
      text,
      ...values.slice(used)
    ];
  }

  // src/sandbox/guest/library/bytes.ts
  var charactersAtOnce = 8192;
  function textOfBytes(data) {
    const bytes = bytesIn(data);
    let text = "";
    for (let i = 0; i < bytes.length; i += charactersAtOnce) {
      text += String.fromCharCode(...bytes.subarray(i, i + charactersAtOnce));
    }
    return text;
  }
  function bytesOfText(text) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }
  function bytesIn(data) {
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    throw new TypeError("the data must be an ArrayBuffer or a typed array, such as new TextEncoder().encode(text)");
  }

  // src/sandbox/guest/library/timers.ts
  var maxTicks = 1e4;
  var running = /* @__PURE__ */ new Set();
  var latest = 0;
  function setTimeout(callback, ms, ...args) {
    return start(callback, "setTimeout", (id, call) => {
      const seconds = secondsOf(ms);
      wait(seconds, () => {
        if (running.delete(id)) call(args);
      });
    });
  }
  function setInterval(callback, ms, ...args) {
    return start(callback, "setInterval", (id, call) => {
      const seconds = Math.max(secondsOf(ms), 1e-3);
      let ticks = 0;
      const next = () => wait(seconds, () => {
        if (!running.has(id)) return;
        if (++ticks > maxTicks) {
          running.delete(id);
          const limit = `an interval ticked more than ${maxTicks} times: clear it, or write a loop with Sleep`;
          return noteLost(new RangeError(limit));
        }
        call(args);
        if (running.has(id)) next();
      });
      next();
    });
  }
  function clearTimeout(id) {
    running.delete(id);
  }
  function queueMicrotask(callback) {
    requireFunction(callback, "queueMicrotask");
    Promise.resolve().then(() => run(callback, []));
  }
  function start(callback, name, begin) {
    requireFunction(callback, name);
    const id = ++latest;
    running.add(id);
    begin(id, (args) => run(callback, args));
    return id;
  }
  function wait(seconds, then) {
    requestEffect("Sleep", [
      seconds
    ]).then(then, noteLost);
  }
  function run(callback, args) {
    try {
      callback(...args);
    } catch (error) {
      noteLost(error);
    }
  }
  function requireFunction(callback, name) {
    if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
  }
  function secondsOf(ms) {
    const number = Number(ms ?? 0);
    return number > 0 ? number / 1e3 : 0;
  }

  // src/sandbox/guest/library/events.ts
  var DOMException = class extends Error {
    code;
    constructor(message = "", options = "Error") {
      super(`${message}`);
      const name = typeof options === "object" && options !== null ? options.name ?? "Error" : options;
      Object.defineProperty(this, "name", {
        value: `${name}`,
        configurable: true
      });
      this.code = codes[`${name}`] ?? 0;
    }
  };
  var codes = {
    InvalidCharacterError: 5,
    NotSupportedError: 9,
    SyntaxError: 12,
    AbortError: 20,
    QuotaExceededError: 22,
    TimeoutError: 23,
    DataCloneError: 25
  };
  var Event = class {
    type;
    cancelable;
    defaultPrevented = false;
    target = null;
    currentTarget = null;
    /** Whether a listener wants no further one to run. */
    isStopped = false;
    constructor(type, { cancelable = false } = {}) {
      this.type = `${type}`;
      this.cancelable = !!cancelable;
    }
    preventDefault() {
      if (this.cancelable) this.defaultPrevented = true;
    }
    stopPropagation() {
    }
    stopImmediatePropagation() {
      this.isStopped = true;
    }
  };
  var EventTarget = class {
    #listeners = [];
    addEventListener(type, listener, options) {
      if (listener === null || listener === void 0) return;
      const { once = false, signal } = typeof options === "object" && options !== null ? options : {};
      if (signal?.aborted) return;
      if (this.#listeners.some((each) => each.type === `${type}` && each.listener === listener)) return;
      this.#listeners.push({
        type: `${type}`,
        listener,
        once: !!once
      });
      signal?.addEventListener("abort", () => this.removeEventListener(type, listener));
    }
    removeEventListener(type, listener) {
      this.#listeners = this.#listeners.filter((each) => each.type !== `${type}` || each.listener !== listener);
    }
    dispatchEvent(event) {
      event.target = event.currentTarget = this;
      const property = this[`on${event.type}`];
      if (typeof property === "function") run2(property.bind(this), event);
      for (const each of this.#listeners.filter(({ type }) => type === event.type)) {
        if (event.isStopped) break;
        if (each.once) this.removeEventListener(each.type, each.listener);
        const { listener } = each;
        run2(typeof listener === "function" ? listener.bind(this) : (e) => listener.handleEvent(e), event);
      }
      return !event.defaultPrevented;
    }
  };
  function run2(listener, event) {
    try {
      listener(event);
    } catch (error) {
      noteLost(error);
    }
  }
  var own = Symbol();
  var AbortSignal = class _AbortSignal extends EventTarget {
    aborted = false;
    reason = void 0;
    onabort = null;
    constructor(key) {
      super();
      if (key !== own) throw new TypeError("An AbortSignal comes from new AbortController().signal");
    }
    throwIfAborted() {
      if (this.aborted) throw this.reason;
    }
    static abort(reason) {
      const signal = new _AbortSignal(own);
      abort(signal, reason);
      return signal;
    }
    static timeout(ms) {
      const signal = new _AbortSignal(own);
      setTimeout(() => abort(signal, new DOMException("The time is over", "TimeoutError")), ms);
      return signal;
    }
    static any(signals) {
      const all = [
        ...signals
      ];
      const joined = new _AbortSignal(own);
      const first = all.find(({ aborted }) => aborted);
      if (first) abort(joined, first.reason);
      else for (const each of all) each.addEventListener("abort", () => abort(joined, each.reason));
      return joined;
    }
  };
  var AbortController = class {
    signal = new AbortSignal(own);
    abort(reason) {
      abort(this.signal, reason);
    }
  };
  function abort(signal, reason) {
    if (signal.aborted) return;
    signal.aborted = true;
    signal.reason = reason === void 0 ? new DOMException("It was aborted", "AbortError") : reason;
    signal.dispatchEvent(new Event("abort"));
  }

  // src/sandbox/guest/library/crypto.ts
  var maxRandomBytes = 65536;
  function randomBytes(count) {
    return bytesOfText(host("random", [
      nextSeed(),
      count
    ]));
  }
  var hex = (byte) => byte.toString(16).padStart(2, "0");
  var crypto = Object.freeze({
    randomUUID() {
      const bytes = randomBytes(16);
      bytes[6] = bytes[6] & 15 | 64;
      bytes[8] = bytes[8] & 63 | 128;
      const text = Array.from(bytes, hex).join("");
      return [
        [
          0,
          8
        ],
        [
          8,
          12
        ],
        [
          12,
          16
        ],
        [
          16,
          20
        ],
        [
          20,
          32
        ]
      ].map(([from, to]) => text.slice(from, to)).join("-");
    },
    getRandomValues(view) {
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
      async digest(algorithm, data) {
        const name = typeof algorithm === "string" ? algorithm : algorithm?.name;
        const digest = host("digest", [
          `${name}`.toUpperCase(),
          textOfBytes(data)
        ]);
        if (typeof digest !== "string") {
          const known = "SHA-1, SHA-256, SHA-384 and SHA-512";
          throw new DOMException(`crypto.subtle.digest knows ${known}, not ${name}`, "NotSupportedError");
        }
        return await Promise.resolve(bytesOfText(digest).buffer);
      }
    }, {
      get(target, key) {
        if (key in target || typeof key === "symbol" || key === "then") return Reflect.get(target, key);
        throw new DOMException(`crypto.subtle has no ${key} here, only digest`, "NotSupportedError");
      }
    })
  });

  // src/sandbox/guest/library/intl.ts
  function ask(kind, locales, options, method, args = []) {
    return host("intl", [
      kind,
      localesOf(locales),
      plainOptions(options),
      method,
      ...args
    ]);
  }
  function localesOf(locales) {
    if (locales === void 0) return [];
    if (typeof locales === "string" || locales instanceof Locale) return [
      `${locales}`
    ];
    if (typeof locales !== "object" || locales === null) {
      throw new TypeError('a locale is a text, such as "de-DE"');
    }
    return Array.from(locales, (each) => {
      if (typeof each !== "string" && !(each instanceof Locale)) {
        throw new TypeError('a locale is a text, such as "de-DE"');
      }
      return `${each}`;
    });
  }
  function plainOptions(options) {
    if (options === void 0) return {};
    if (options === null) throw new TypeError("the options must be an object");
    const plain = {};
    for (const [key, value] of Object.entries(options)) {
      if (value !== void 0) {
        plain[key] = typeof value === "number" || typeof value === "boolean" ? value : `${value}`;
      }
    }
    return plain;
  }
  function formatClass(kind, methods, { bound, withoutNew = false } = {}) {
    const data = /* @__PURE__ */ new WeakMap();
    const made = function(locales, options) {
      if (!new.target && !withoutNew) throw new TypeError(`Intl.${kind} needs new`);
      const object = Object.create((new.target ?? made).prototype);
      const kept = [
        localesOf(locales),
        plainOptions(options)
      ];
      ask(kind, ...kept, "resolvedOptions");
      data.set(object, kept);
      return object;
    };
    const call = (object, method, args) => {
      const kept = data.get(object);
      if (kept === void 0) throw new TypeError(`${method} needs an Intl.${kind}`);
      return ask(kind, ...kept, method, args);
    };
    const hide = (target, name, descriptor) => Object.defineProperty(target, name, {
      configurable: true,
      enumerable: false,
      ...descriptor
    });
    for (const [method, crossing] of Object.entries({
      ...methods,
      resolvedOptions: noArguments
    })) {
      if (method === bound) {
        hide(made.prototype, method, {
          get() {
            return (...args) => call(this, method, crossing(args));
          }
        });
      } else {
        hide(made.prototype, method, {
          writable: true,
          value(...args) {
            return call(this, method, crossing(args));
          }
        });
      }
    }
    hide(made.prototype, Symbol.toStringTag, {
      value: `Intl.${kind}`
    });
    hide(made, "name", {
      value: kind
    });
    hide(made, "supportedLocalesOf", {
      value: (locales) => ask(kind, locales, {}, "supportedLocalesOf")
    });
    return made;
  }
  var noArguments = () => [];
  var texts = (args) => args.map((arg) => `${arg}`);
  var numbers = (args) => args.map(crossingNumber);
  var dates = (args) => args.map(crossingDate);
  var dateOrNow = ([date]) => [
    crossingDate(date === void 0 ? Date.now() : date)
  ];
  function crossingNumber(value) {
    if (typeof value === "bigint") return `${value}`;
    if (typeof value === "string") return value;
    const number = Number(value);
    return Number.isFinite(number) && !Object.is(number, -0) ? number : Object.is(number, -0) ? "-0" : `${number}`;
  }
  function crossingDate(value) {
    const ms = Number(value);
    if (!Number.isFinite(ms)) throw new RangeError("Invalid time value");
    return ms;
  }
  var Locale = class _Locale {
    #tag;
    constructor(tag, options) {
      if (typeof tag !== "string" && !(tag instanceof _Locale)) throw new TypeError("Intl.Locale needs a text");
      const fields = ask("Locale", `${tag}`, options, "fields");
      this.#tag = fields["text"];
      for (const [name, value] of Object.entries(fields)) {
        if (name !== "text") Object.defineProperty(this, name, {
          value,
          enumerable: false
        });
      }
    }
    maximize() {
      return new _Locale(ask("Locale", this.#tag, {}, "maximize"));
    }
    minimize() {
      return new _Locale(ask("Locale", this.#tag, {}, "minimize"));
    }
    toString() {
      return this.#tag;
    }
  };
  function segmenterClass() {
    const Base = formatClass("Segmenter", {
      segment: texts
    });
    const segments = Base.prototype.segment;
    Object.defineProperty(Base.prototype, "segment", {
      configurable: true,
      writable: true,
      value(text) {
        const input = `${text}`;
        const found = segments.call(this, input);
        const list = found.map((each) => ({
          ...each,
          input
        }));
        return {
          [Symbol.iterator]: () => list[Symbol.iterator](),
          containing: (index = 0) => list.find((each) => index >= each.index && index < each.index + each.segment.length)
        };
      }
    });
    return Base;
  }
  var Intl = {
    Collator: formatClass("Collator", {
      compare: texts
    }, {
      bound: "compare",
      withoutNew: true
    }),
    DateTimeFormat: formatClass("DateTimeFormat", {
      format: dateOrNow,
      formatToParts: dateOrNow,
      formatRange: dates,
      formatRangeToParts: dates
    }, {
      bound: "format",
      withoutNew: true
    }),
    DisplayNames: formatClass("DisplayNames", {
      of: texts
    }),
    ListFormat: formatClass("ListFormat", {
      format: ([list]) => [
        Array.from(list, stringItem)
      ],
      formatToParts: ([list]) => [
        Array.from(list, stringItem)
      ]
    }),
    Locale,
    NumberFormat: formatClass("NumberFormat", {
      format: ([value]) => [
        crossingNumber(value)
      ],
      formatToParts: ([value]) => [
        crossingNumber(value)
      ],
      formatRange: numbers,
      formatRangeToParts: numbers
    }, {
      bound: "format",
      withoutNew: true
    }),
    PluralRules: formatClass("PluralRules", {
      select: numbers,
      selectRange: numbers
    }),
    RelativeTimeFormat: formatClass("RelativeTimeFormat", {
      format: ([value, unit]) => [
        crossingNumber(value),
        `${unit}`
      ],
      formatToParts: ([value, unit]) => [
        crossingNumber(value),
        `${unit}`
      ]
    }),
    Segmenter: segmenterClass(),
    getCanonicalLocales: (locales) => ask("Intl", locales, {}, "getCanonicalLocales"),
    supportedValuesOf: (key) => ask("Intl", void 0, {}, "supportedValuesOf", [
      `${key}`
    ])
  };
  function stringItem(item) {
    if (typeof item !== "string") throw new TypeError("Intl.ListFormat joins texts");
    return item;
  }
  var localeMethods = {
    number: (value, locales, options) => ask("NumberFormat", locales, options, "format", [
      crossingNumber(value)
    ]),
    date: (ms, method, locales, options) => ask("Date", locales, options, method, [
      ms
    ]),
    compare: (a, b, locales, options) => ask("Collator", locales, options, "compare", [
      a,
      b
    ]),
    cased: (text, method, locales) => ask("String", locales, {}, method, [
      text
    ])
  };

  // src/sandbox/guest/library/text.ts
  var TextEncoder = class {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return bytesOfText(host("utf8", [
        `${text}`
      ]));
    }
    encodeInto(text, target) {
      let [read, written] = [
        0,
        0
      ];
      for (const character of `${text}`) {
        const bytes = this.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        read += character.length;
        written += bytes.length;
      }
      return {
        read,
        written
      };
    }
  };
  var TextDecoder = class {
    encoding;
    fatal;
    ignoreBOM;
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      this.encoding = host("encodingOf", [
        `${label}`
      ]);
      this.fatal = !!fatal;
      this.ignoreBOM = !!ignoreBOM;
    }
    decode(data = new Uint8Array(), { stream = false } = {}) {
      if (stream) throw new TypeError("TextDecoder has no stream here: decode all bytes at once");
      return host("decode", [
        this.encoding,
        textOfBytes(data),
        this.fatal,
        this.ignoreBOM
      ]);
    }
  };
  function textOrFault(data, what) {
    try {
      return new TextDecoder("utf-8", {
        fatal: true,
        ignoreBOM: true
      }).decode(bytesIn(data));
    } catch {
      throw new TypeError(`${what} must be text in UTF-8: other bytes cannot be sent from here`);
    }
  }
  function atob(text) {
    return base64("atob", text);
  }
  function btoa(text) {
    return base64("btoa", text);
  }
  function base64(name, text) {
    const result = host(name, [
      `${text}`
    ]);
    if (typeof result === "string") return result;
    const why = name === "atob" ? "the text is not valid base64" : "the text has characters above U+00FF: encode it with TextEncoder first";
    throw new DOMException(`${name}: ${why}`, "InvalidCharacterError");
  }

  // src/sandbox/guest/library/url.ts
  var parts = [
    ...[
      "href",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash"
    ]
  ];
  var URL = class _URL {
    #fields;
    #params;
    constructor(address, base) {
      const fields = parsed(address, base);
      if (fields === null) {
        const shown = JSON.stringify(`${address}`.slice(0, 200));
        throw new TypeError(`Invalid URL: ${shown}${base === void 0 ? " needs a whole address, or a base" : ""}`);
      }
      this.#fields = fields;
    }
    static canParse(address, base) {
      return parsed(address, base) !== null;
    }
    static parse(address, base) {
      return parsed(address, base) === null ? null : new _URL(address, base);
    }
    /** Reads or changes one part. `URL.prototype` has an accessor for each. */
    static part(url, name, value) {
      if (value !== void 0) {
        const changed = host("urlWith", [
          url.#fields.href,
          name,
          value
        ]);
        if (changed === null) throw new TypeError(`Invalid URL: ${JSON.stringify(value.slice(0, 200))}`);
        url.#fields = changed;
        if (name === "href" || name === "search") url.#params?.reread(changed.search);
      }
      return url.#fields[name];
    }
    get origin() {
      return this.#fields.origin;
    }
    get searchParams() {
      return this.#params ??= URLSearchParams.of(this.#fields.search, (text) => {
        this.#fields = host("urlWith", [
          this.#fields.href,
          "search",
          text
        ]);
      });
    }
    toString() {
      return this.#fields.href;
    }
    toJSON() {
      return this.#fields.href;
    }
  };
  for (const name of parts) {
    Object.defineProperty(URL.prototype, name, {
      configurable: true,
      enumerable: true,
      get() {
        return URL.part(this, name);
      },
      set(value) {
        URL.part(this, name, `${value}`);
      }
    });
  }
  function parsed(address, base) {
    return host("url", base === void 0 ? [
      `${address}`
    ] : [
      `${address}`,
      `${base}`
    ]);
  }
  var URLSearchParams = class _URLSearchParams {
    #pairs;
    #changed;
    constructor(init = "") {
      this.#pairs = pairsOf(init);
    }
    /** The parameters of an address, which hears of their changes. */
    static of(search, changed) {
      const params = new _URLSearchParams(search);
      params.#changed = changed;
      return params;
    }
    /** Reads the parameters anew, after the address was changed. */
    reread(search) {
      this.#pairs = pairsOf(search);
    }
    get size() {
      return this.#pairs.length;
    }
    append(name, value) {
      this.#set([
        ...this.#pairs,
        [
          `${name}`,
          `${value}`
        ]
      ]);
    }
    delete(name, value) {
      this.#set(this.#pairs.filter((pair) => pair[0] !== `${name}` || value !== void 0 && pair[1] !== `${value}`));
    }
    get(name) {
      return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
    }
    has(name, value) {
      return this.#pairs.some((pair) => pair[0] === `${name}` && (value === void 0 || pair[1] === `${value}`));
    }
    set(name, value) {
      const index = this.#pairs.findIndex((pair) => pair[0] === `${name}`);
      if (index < 0) return this.append(name, value);
      const rest = this.#pairs.filter((pair, i) => i === index || pair[0] !== `${name}`);
      this.#set(rest.map((pair) => pair[0] === `${name}` ? [
        pair[0],
        `${value}`
      ] : pair));
    }
    sort() {
      this.#set([
        ...this.#pairs
      ].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
    }
    forEach(callback, self) {
      for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#pairs) yield [
        name,
        value
      ];
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return host("queryText", [
        this.#pairs
      ]);
    }
    #set(pairs) {
      this.#pairs = pairs;
      this.#changed?.(this.toString());
    }
  };
  function pairsOf(init) {
    if (typeof init !== "object" || init === null) return host("query", [
      `${init ?? ""}`
    ]);
    const isList = typeof init[Symbol.iterator] === "function";
    const entries = isList ? [
      ...init
    ].map((pair) => [
      ...pair
    ]) : Object.entries(init);
    return entries.map((pair) => {
      if (pair.length !== 2) throw new TypeError("URLSearchParams needs pairs of a name and a value");
      return [
        `${pair[0]}`,
        `${pair[1]}`
      ];
    });
  }

  // src/sandbox/guest/library/web.ts
  var Headers = class {
    #values = /* @__PURE__ */ new Map();
    constructor(init) {
      if (init === void 0 || init === null) return;
      if (typeof init !== "object") throw new TypeError("the headers must be an object");
      for (const [name, value] of entriesOf(init)) this.append(name, value);
    }
    append(name, value) {
      const key = headerName(name);
      const before = this.#values.get(key);
      const text = `${value}`.trim();
      this.#values.set(key, before === void 0 ? text : `${before}, ${text}`);
    }
    delete(name) {
      this.#values.delete(headerName(name));
    }
    get(name) {
      return this.#values.get(headerName(name)) ?? null;
    }
    getSetCookie() {
      const value = this.#values.get("set-cookie");
      return value === void 0 ? [] : [
        value
      ];
    }
    has(name) {
      return this.#values.has(headerName(name));
    }
    set(name, value) {
      this.#values.set(headerName(name), `${value}`.trim());
    }
    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (const name of [
        ...this.#values.keys()
      ].sort()) yield [
        name,
        this.#values.get(name)
      ];
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
  };
  function headersFrom(values) {
    return new Headers(Object.entries(values));
  }
  function headerName(name) {
    const text = `${name}`;
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(text)) {
      throw new TypeError(`"${text.slice(0, 100)}" is no name of a header`);
    }
    return text.toLowerCase();
  }
  function entriesOf(init) {
    const isList = typeof init[Symbol.iterator] === "function";
    return isList ? init : Object.entries(init);
  }
  var Blob = class _Blob {
    type;
    #bytes;
    constructor(parts2 = [], { type = "" } = {}) {
      const all = Array.from(parts2, bytesOfPart);
      this.#bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
      all.reduce((at, bytes) => (this.#bytes.set(bytes, at), at + bytes.length), 0);
      this.type = `${type}`.toLowerCase();
    }
    /** The bytes themselves, for this library. */
    static bytesOf(blob) {
      return blob.#bytes;
    }
    get size() {
      return this.#bytes.length;
    }
    async text() {
      return await Promise.resolve(new TextDecoder().decode(this.#bytes));
    }
    async bytes() {
      return await Promise.resolve(this.#bytes.slice());
    }
    async arrayBuffer() {
      return (await this.bytes()).buffer;
    }
    slice(start2, end, type) {
      return new _Blob([
        this.#bytes.slice(start2, end)
      ], {
        type: type ?? ""
      });
    }
  };
  var File = class extends Blob {
    name;
    lastModified;
    constructor(parts2, name, { type = "", lastModified = Date.now() } = {}) {
      super(parts2, {
        type
      });
      this.name = `${name}`;
      this.lastModified = lastModified;
    }
  };
  function bytesOfPart(part) {
    if (part instanceof Blob) return Blob.bytesOf(part);
    if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return bytesIn(part);
    return new TextEncoder().encode(`${part}`);
  }
  var FormData = class {
    #entries = [];
    append(name, value, file) {
      this.#entries.push([
        `${name}`,
        fieldOf(value, file)
      ]);
    }
    delete(name) {
      this.#entries = this.#entries.filter(([each]) => each !== `${name}`);
    }
    get(name) {
      return this.#entries.find(([each]) => each === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#entries.filter(([each]) => each === `${name}`).map(([, value]) => value);
    }
    has(name) {
      return this.#entries.some(([each]) => each === `${name}`);
    }
    set(name, value, file) {
      const index = this.#entries.findIndex(([each]) => each === `${name}`);
      if (index < 0) return this.append(name, value, file);
      this.#entries[index] = [
        `${name}`,
        fieldOf(value, file)
      ];
      this.#entries = this.#entries.filter(([each], i) => i <= index || each !== `${name}`);
    }
    forEach(callback, self) {
      for (const [name, value] of this.#entries) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#entries) yield [
        name,
        value
      ];
    }
    *keys() {
      for (const [name] of this.#entries) yield name;
    }
    *values() {
      for (const [, value] of this.#entries) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
  };
  function fieldOf(value, file) {
    if (!(value instanceof Blob)) return `${value}`;
    const name = file ?? (value instanceof File ? value.name : "blob");
    return value instanceof File && file === void 0 ? value : new File([
      value
    ], name, {
      type: value.type
    });
  }
  function bodyOf(body) {
    if (typeof body === "string") return {
      text: body,
      type: "text/plain;charset=UTF-8"
    };
    if (body instanceof URLSearchParams) {
      return {
        text: `${body}`,
        type: "application/x-www-form-urlencoded;charset=UTF-8"
      };
    }
    if (body instanceof FormData) return multipart(body);
    if (body instanceof Blob) {
      const text = textOrFault(Blob.bytesOf(body), "the body");
      return body.type === "" ? {
        text
      } : {
        text,
        type: body.type
      };
    }
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return {
      text: textOrFault(body, "the body")
    };
    throw new TypeError("the body must be a string; use JSON.stringify(\u2026)");
  }
  function multipart(form) {
    const boundary = `form-${crypto.randomUUID()}`;
    const quoted = (name) => name.replace(/\r?\n|\r/g, "%0D%0A").replaceAll('"', "%22");
    let text = "";
    for (const [name, value] of form) {
      text += `--${boundary}\r
Content-Disposition: form-data; name="${quoted(name)}"`;
      if (typeof value === "string") text += `\r
\r
${value.replace(/\r?\n|\r/g, "\r\n")}\r
`;
      else {
        const type = value.type || "application/octet-stream";
        const content = textOrFault(Blob.bytesOf(value), `the file ${value.name}`);
        text += `; filename="${quoted(value.name)}"\r
Content-Type: ${type}\r
\r
${content}\r
`;
      }
    }
    return {
      text: `${text}--${boundary}--\r
`,
      type: `multipart/form-data; boundary=${boundary}`
    };
  }
  var Request = class _Request {
    url;
    method;
    headers;
    signal;
    #body;
    constructor(resource, init = {}) {
      const from = resource instanceof _Request ? resource : void 0;
      this.url = from?.url ?? `${new URL(resource)}`;
      this.method = `${init["method"] ?? from?.method ?? "GET"}`.toUpperCase();
      this.headers = new Headers(init["headers"] ?? from?.headers);
      this.signal = init["signal"] ?? from?.signal ?? void 0;
      if (this.signal !== void 0 && !(this.signal instanceof AbortSignal)) {
        throw new TypeError("the signal must be that of an AbortController");
      }
      const body = init["body"] ?? null;
      if (body === null) this.#body = from === void 0 ? null : from.#body;
      else {
        const { text, type } = bodyOf(body);
        this.#body = text;
        if (typeof body !== "string" && type !== void 0 && !this.headers.has("content-type")) {
          this.headers.set("content-type", type);
        }
      }
      if (this.#body !== null && /^(GET|HEAD)$/.test(this.method)) {
        throw new TypeError(`a ${this.method} request has no body`);
      }
    }
    /** The body, for this library. */
    static bodyOf(request) {
      return request.#body;
    }
    async text() {
      return await Promise.resolve(this.#body ?? "");
    }
    async json() {
      return JSON.parse(await this.text());
    }
    clone() {
      return new _Request(this);
    }
  };
  var Response = Object.assign(function Response2(body = null, init = {}) {
    if (!new.target) throw new TypeError("Response needs new");
    const headers = new Headers(init["headers"]);
    const given = body === null ? {
      text: ""
    } : bodyOf(body);
    if (given.type !== void 0 && !headers.has("content-type")) headers.set("content-type", given.type);
    const status = Number(init["status"] ?? 200);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError("the status of a Response is between 200 and 599");
    }
    return makeResponse({
      status,
      statusText: `${init["statusText"] ?? ""}`,
      body: given.text,
      headers: Object.fromEntries(headers)
    });
  }, {
    json(value, init = {}) {
      const headers = new Headers(init["headers"]);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(value), {
        ...init,
        headers
      });
    },
    error() {
      return makeResponse({
        status: 0
      });
    }
  });
  function fetchStandard(resource, init) {
    let request;
    try {
      request = new Request(resource, init);
    } catch (error) {
      return rejected(error);
    }
    const { signal } = request;
    if (signal?.aborted) return rejected(signal.reason);
    const headers = Object.fromEntries(request.headers);
    const sent = requestEffect("Fetch", [
      request.url,
      {
        method: request.method,
        headers,
        body: Request.bodyOf(request)
      }
    ]);
    if (signal === void 0) return sent;
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
      }, {
        once: true
      });
      sent.then((value) => (end(), resolve(value)), (error) => {
        if (!isOver) noteLost(error);
        end();
        reject(error);
      });
    });
  }
  function rejected(error) {
    noteLost(error);
    return Promise.reject(error);
  }
  function responseBytes(text) {
    if (text.includes("\uFFFD")) {
      throw new TypeError("the body is not text, and a session keeps text only; ask the server for JSON or base64");
    }
    return new TextEncoder().encode(text);
  }

  // src/sandbox/guest/library/main.ts
  var globals = {
    AbortController,
    AbortSignal,
    Blob,
    DOMException,
    Event,
    EventTarget,
    File,
    FormData,
    Headers,
    Intl,
    Request,
    Response,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
    atob,
    btoa,
    clearInterval: clearTimeout,
    clearTimeout,
    crypto,
    queueMicrotask,
    setInterval,
    setTimeout
  };
  var contents = {
    globals,
    consoleMethods,
    formatted,
    localeMethods,
    fetchStandard,
    headersFrom,
    responseBytes
  };
  Object.assign(library, contents);
})();
return library;
})
