import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Encoded } from "../../src/sandbox/mod.ts";
import { localsAfter, open, optionsFor, result, runAll, sandbox, start } from "./support.ts";

/** The value of an expression in the sandbox, or the error's name and message. */
function valueOf(expression: string): Encoded {
  const finish = localsAfter(
    `let value; try { value = await (${expression}); } catch (e) { value = e.name + ": " + e.message; }`,
  );
  assert(finish.ok, JSON.stringify(finish));
  return finish.locals["value"]!;
}

/** Expressions whose value must be that of this process, in the locale and the time zone of the sandbox. */
const same: readonly string[] = [
  // Numbers, dates, plurals, lists.
  "(1234567.891).toLocaleString('en-US')",
  "(1234567.891).toLocaleString('de-DE', { style: 'currency', currency: 'EUR' })",
  "(0.256).toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 })",
  "(-0).toLocaleString('en') + (NaN).toLocaleString('en') + (Infinity).toLocaleString('en')",
  "(2n ** 80n).toLocaleString('en-US')",
  "new Date(0).toLocaleDateString('de-DE', { timeZone: 'UTC' })",
  "new Date('2025-01-02').toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' })",
  "new Date(1e12).toLocaleString('fr-FR', { timeZone: 'Asia/Tokyo', dateStyle: 'full', timeStyle: 'short' })",
  "new Date(1e12).toLocaleTimeString('en-GB', { timeZone: 'UTC' })",
  "new Date(NaN).toLocaleString('en')",
  "[1234.5, new Date(0), null, 'x'].toLocaleString('de-DE', { timeZone: 'UTC' })",
  "new Intl.NumberFormat('en').format(12345)",
  "[1, 2000].map(new Intl.NumberFormat('en-IN').format)",
  "Intl.NumberFormat('ja-JP', { notation: 'compact' }).format(123456)",
  "new Intl.NumberFormat('de', { style: 'unit', unit: 'kilometer' }).formatToParts(3.5)",
  "new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).formatRange(3, 5)",
  "new Intl.DateTimeFormat('es', { month: 'long', timeZone: 'UTC' }).format(new Date(0))",
  "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).formatToParts(0)",
  "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).formatRange(0, 1e9)",
  "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).resolvedOptions().calendar",
  "new Intl.PluralRules('ar').select(6) + new Intl.PluralRules('en', { type: 'ordinal' }).select(2)",
  "new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-1, 'day')",
  "new Intl.ListFormat('de', { type: 'conjunction' }).format(['a', 'b', 'c'])",
  "new Intl.DisplayNames(['fr'], { type: 'region' }).of('DE')",
  "new Intl.Collator('sv').compare('ä', 'z')",
  "new Intl.Locale('de-latn-DE').minimize().toString() + new Intl.Locale('zh-TW').language",
  "[...new Intl.Segmenter('en', { granularity: 'word' }).segment('Hi there')].map((s) => [s.segment, s.index, s.isWordLike])",
  "Intl.getCanonicalLocales('EN-us')",
  "Intl.NumberFormat.supportedLocalesOf(['de', 'tlh'])",
  "['ä', 'b', 'a', 'Z'].sort((x, y) => x.localeCompare(y, 'de')).join('')",
  "'a'.localeCompare('B', 'en', { sensitivity: 'base' })",
  "'Iı'.toLocaleLowerCase('tr') + 'iß'.toLocaleUpperCase('tr') + 'AbC'.toLocaleLowerCase()",
  // Addresses.
  "new URL('/a/../b?x=1&x=2#h', 'https://user:pw@EXAMPLE.com:8080/c').href",
  "['href','origin','protocol','username','password','host','hostname','port','pathname','search','hash'].map((k) => new URL('https://u:p@exämple.com:81/p/q?a=b%20c#d')[k])",
  "((u) => { u.searchParams.append('q', 'a b&c'); u.hash = 'x y'; u.port = '99'; return [u.href, `${u}`, JSON.stringify(u)]; })(new URL('http://a.example/?p=1'))",
  "((u) => { u.search = '?z=9'; return u.searchParams.get('z'); })(new URL('http://a.example/?p=1'))",
  "((u) => { const p = u.searchParams; u.search = 'z=9'; return p.get('z') + p.has('p'); })(new URL('http://a.example/?p=1'))",
  "[URL.canParse('nope'), URL.canParse('x', 'http://a.b'), URL.parse('nope')]",
  "((p) => { p.set('a', '3'); p.delete('b'); p.sort(); return [`${p}`, p.size, [...p], p.getAll('c'), p.has('a', '3')]; })(new URLSearchParams('c=1&a=1&b=2&c=2&a=2'))",
  "`${new URLSearchParams({ a: 'ü', b: 'x+y z' })}` + new URLSearchParams([['k', 1]])",
  // Bytes and texts.
  "[...new TextEncoder().encode('aé€😀\\0')]",
  "new TextDecoder().decode(new Uint8Array([239, 187, 191, 104, 195, 169, 255]))",
  "new TextDecoder('windows-1252').decode(new Uint8Array([128, 233]))",
  "[new TextDecoder('latin1').encoding, btoa('héllo'), atob('aGk='), atob(' Zm9v ')]",
  "Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'))))",
  "Array.from(new Uint8Array(await crypto.subtle.digest({ name: 'sha-1' }, new Uint8Array(3).buffer)))",
  "await new Blob(['a', new Uint8Array([98]), new Blob(['c'])], { type: 'Text/Plain' }).slice(1).text()",
  // Requests and responses.
  "[...new Headers([['B', '2'], ['a', ' 1 '], ['b', '3']])]",
  "[...new Headers({ Accept: 'x' }).keys(), new Headers({ Accept: 'x' }).get('ACCEPT')]",
  "await Response.json({ a: 1 }, { status: 201 }).json()",
  "((r) => [r.status, r.ok, r.headers.get('content-type')])(Response.json({}, { status: 201 }))",
  "((r) => [r.method, r.url, r.headers.get('x')])(new Request('http://a.example/b', { method: 'put', headers: { X: '1' } }))",
  "((f) => { f.append('a', 1); f.append('a', 2); f.set('b', 'x'); return [f.get('a'), f.getAll('a'), f.has('c'), [...f.keys()]]; })(new FormData())",
  // Signals and events.
  "((c) => { c.abort(); return [c.signal.aborted, c.signal.reason.name]; })(new AbortController())",
  "((c) => { const seen = []; c.signal.addEventListener('abort', () => seen.push(1), { once: true }); c.abort('why'); c.abort(); return [seen, c.signal.reason]; })(new AbortController())",
  "AbortSignal.any([AbortSignal.abort('x')]).reason",
];

Deno.test("library: standard functions give what this process gives", async () => {
  for (const expression of same) {
    const expected = JSON.stringify(await run(expression));
    assertEquals(JSON.stringify(valueOf(expression)), expected, expression);
  }
});

/** The value of an expression in this process. */
function run(expression: string): Promise<unknown> {
  const body = `return (async () => JSON.parse(JSON.stringify(await (${expression}))))();`;
  return new Function(body)();
}

/** Uses that cannot work, and the error that says so. */
const faults: Readonly<Record<string, RegExp>> = {
  "new Intl.NumberFormat('not a locale')": /^RangeError: .*locale/,
  "(1).toLocaleString('en', { style: 'currency' })": /^TypeError: .*[Cc]urrency/,
  "new Intl.DateTimeFormat('en', { timeZone: 'Mars/Base' })": /^RangeError: .*time zone/,
  "new Intl.DateTimeFormat('en').format(NaN)": /^RangeError: Invalid time value/,
  "new URL('no address')": /^TypeError: Invalid URL/,
  "atob('*')": /^InvalidCharacterError: .*base64/,
  "btoa('€')": /^InvalidCharacterError: /,
  "new TextDecoder('klingon')": /^RangeError: /,
  "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))": /^TypeError: /,
  "crypto.subtle.digest('MD5', new Uint8Array(1))": /^NotSupportedError: .*SHA-256/,
  "crypto.subtle.encrypt()": /^NotSupportedError: .*only digest/,
  "crypto.getRandomValues(new Uint8Array(70000))": /^QuotaExceededError: /,
  "crypto.getRandomValues([1])": /^TypeError: /,
  "new Headers({ 'a b': '1' })": /^TypeError: .*header/,
  "fetch('http://a.example', { method: 'POST', body: new Uint8Array([255]) })": /^TypeError: .*UTF-8/,
  "fetch(new URL('http://a.example'), { body: 'x' })": /^TypeError: a GET request has no body/,
  "fetch('http://a.example', { signal: AbortSignal.abort() })": /^AbortError: /,
  "new Response('x').body": /^TypeError: .*text\(\)/,
  "new Response('\\ufffd').arrayBuffer()": /^TypeError: .*not text/,
  "setTimeout('code', 1)": /^TypeError: setTimeout needs a function/,
};

Deno.test("library: a use that cannot work is an error that names the fault", () => {
  for (const [expression, error] of Object.entries(faults)) {
    assertMatch(String(valueOf(expression)), error, expression);
  }
});

Deno.test("library: without a locale and a time zone, formats are those of en-US and UTC on every machine", () => {
  const values = valueOf(`[
    (1234.5).toLocaleString(), new Date(0).toLocaleString(), new Date(0).toLocaleDateString(undefined, { month: "long" }),
    new Intl.DateTimeFormat().resolvedOptions().timeZone, new Intl.NumberFormat("xx").resolvedOptions().locale,
  ]`);
  assertEquals(values, ["1,234.5", "1/1/1970, 12:00:00 AM", "January", "UTC", "en-US"]);
});

Deno.test("library: random values differ within a turn and between turns, and are equal in a replay", () => {
  const code =
    "const all = [crypto.randomUUID(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(40))]];";
  const first = localsAfter(code);
  assertEquals(localsAfter(code), first);
  assert(first.ok);
  const [a, b, bytes] = first.locals["all"] as [string, string, number[]];
  assertMatch(a, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert(a !== b && new Set(bytes).size > 20);
  const other = localsAfter(code, {}, { seed: "another" });
  assert(other.ok && (other.locals["all"] as string[])[0] !== a);
});

Deno.test("library: a timer is a Sleep; its callback runs when that ends, and not if it was cleared", () => {
  const code = `
    const seen = [];
    setTimeout((a, b) => seen.push(a + b), 1500, "x", "y");
    const cleared = setTimeout(() => seen.push("cleared"), 10);
    clearTimeout(cleared);
    queueMicrotask(() => seen.push("microtask"));
    let ticks = 0;
    await new Promise((resolve) => {
      const id = setInterval(() => { if (++ticks === 3) { clearInterval(id); resolve(); } }, 2000);
    });
  `;
  const asked: Encoded[] = [];
  const { scope } = runAll(code, {}, (name, [seconds]) => {
    asked.push([name, seconds!]);
    return { $type: "undefined" };
  });
  using _scope = scope;
  assertEquals(asked, [["Sleep", 1.5], ["Sleep", 0.01], ["Sleep", 2], ["Sleep", 2], ["Sleep", 2]]);
  const finish = scope.finish();
  assert(finish.ok, JSON.stringify(finish));
  assertEquals(finish.locals["seen"], ["microtask", "xy"]);
  assertEquals(finish.locals["ticks"], 3);
});

Deno.test("library: a cleared timer is not observed, and one that waits is", () => {
  const waits = [{ ordinal: 1, sampleResult: { $type: "undefined" } }];
  for (
    const [code, isObserved] of [
      ["clearTimeout(setTimeout(() => Say('user', 'late'), 1000));", false],
      ["setTimeout(() => Say('user', 'late'), 1000);", true],
    ] as const
  ) {
    using scope = open(code);
    scope.start();
    assertEquals(scope.isObserved(waits), isObserved, code);
  }
});

Deno.test("library: an error in a timer's callback fails the turn, unless it is caught", () => {
  const { scope } = runAll(
    "setTimeout(() => { throw new Error('in the timer'); }, 5);",
    {},
    () => ({ $type: "undefined" }),
  );
  using _scope = scope;
  const finish = scope.finish();
  assert(!finish.ok);
  assertEquals(finish.error.message, "in the timer");
});

Deno.test("library: a timeout ends the wait for a fetch, and the late answer changes nothing", () => {
  using scope = open(`
    let words;
    try { await fetch("http://a.example/", { signal: AbortSignal.timeout(5000) }); words = "answered"; }
    catch (error) { words = error.name; }
  `);
  const { requests } = scope.start();
  assertEquals(requests.map(({ name }) => name).sort(), ["Fetch", "Sleep"]);
  const ordinalOf = (wanted: string) => requests.find(({ name }) => name === wanted)!.ordinal;
  scope.deliver(result(ordinalOf("Sleep"), { $type: "undefined" }));
  scope.deliver(result(ordinalOf("Fetch"), { status: 200, statusText: "", url: "", headers: {}, body: "" }));
  const finish = scope.finish();
  assert(finish.ok, JSON.stringify(finish));
  assertEquals(finish.locals["words"], "TimeoutError");
});

Deno.test("library: fetch takes the standard's objects, and asks the same as with plain ones", () => {
  const asked = (code: string) => start(code).requests.map(({ name, args }) => [name, ...args]);
  const plain = asked(
    `await fetch("http://a.example/?q=1", { method: "POST", headers: { "x-a": "1" }, body: "b" });`,
  );
  assertEquals(plain, [["Fetch", "http://a.example/?q=1", {
    method: "POST",
    headers: { "x-a": "1" },
    body: "b",
  }]]);
  const url = `const url = new URL("http://a.example/"); url.searchParams.set("q", "1");`;
  for (
    const call of [
      `fetch(url, { method: "post", headers: new Headers({ "X-A": "1" }), body: "b" })`,
      `fetch(new Request(url, { method: "POST", headers: [["x-a", "1"]], body: "b" }))`,
      `fetch(String(url), { method: "POST", headers: new Headers({ "x-a": "1" }), body: "b" })`,
    ]
  ) assertEquals(asked(`${url} await ${call};`), plain, call);
  const [[, , form]] = asked(
    `await fetch("http://a.example/", { method: "POST", body: new URLSearchParams({ a: "1 2" }) });`,
  ) as [[string, string, { body: string; headers: Record<string, string> }]];
  assertEquals(form.body, "a=1+2");
  assertMatch(form.headers["content-type"]!, /^application\/x-www-form-urlencoded/);
});

Deno.test("library: headers of a response can be read one by one", () => {
  const answer = { status: 200, statusText: "", url: "", headers: { "X-B": "2", "x-a": "1" }, body: "[1]" };
  const { scope } = runAll(
    `const r = await fetch("http://a.example/"); const all = [...r.headers]; const copy = await r.clone().json();
     const bytes = [...await r.bytes()]; const isResponse = r.headers.has("X-a");`,
    {},
    () => answer,
  );
  using _scope = scope;
  const finish = scope.finish();
  assert(finish.ok, JSON.stringify(finish));
  assertEquals(finish.locals["all"], [["x-a", "1"], ["x-b", "2"]]);
  assertEquals(finish.locals["copy"], [1]);
  assertEquals(finish.locals["bytes"], [91, 49, 93]);
});

/** Calls of `console`, and what they note. */
const logged: Readonly<Record<string, readonly string[]>> = {
  'console.log("a", 1, { b: [2] })': ['a 1 {"b":[2]}'],
  'console.warn("w"); console.error("e"); console.info("i"); console.debug("d"); console.dir({ a: 1 })': [
    ...["w", "e", "i", "d", '{"a":1}'],
  ],
  'console.log("%s is %d%%, %j", "x", "5", { a: 1 }, "more")': ['x is 5%, {"a":1} more'],
  'console.log("100%", 1)': ["100% 1"],
  "console.assert(true, 1); console.assert(1 > 2, 'no')": ["Assertion failed no"],
  "console.count(); console.count(); console.countReset(); console.count('x')": [
    "default: 1",
    "default: 2",
    "x: 1",
  ],
  "console.time('t'); console.timeLog('t', 1); console.timeEnd('t'); console.timeEnd('t')": [
    ...["t: 0 ms 1", "t: 0 ms", "There is no timer t: call console.time first"],
  ],
  "console.group('G'); console.log('in'); console.group(); console.log('deep'); console.groupEnd(); console.groupEnd(); console.log('out')":
    ["G", "  in", "    deep", "out"],
  "console.table([{ a: 1, b: 'x' }, { a: 22 }])": [
    "\n| (index) | a  | b |\n|---------|----|---|\n| 0       | 1  | x |\n| 1       | 22 |   |",
  ],
  "console.table([1])": ["\n| (index) | Values |\n|---------|--------|\n| 0       | 1      |"],
  "console.trace('here')": ["Trace: here"],
};

Deno.test("library: each method of console notes its words", () => {
  for (const [code, texts] of Object.entries(logged)) {
    assertEquals(start(code).notes.map(({ text }) => text), texts, code);
  }
});

Deno.test("library: the program's own names win over standard names", () => {
  const given = { classes: { Request: ["Offer"], Event: [] }, playbooks: ["Response", "File"] };
  const { requests } = start("await Request.Offer(1); ", given);
  assertEquals(requests[0]!.args[0], "Request");
  assertEquals(
    start("await Promise.all([Response(1), File(2)]);", given).requests.map(({ args }) => args[1]),
    [
      "Response",
      "File",
    ],
  );
  const finish = localsAfter("URL = 1; const Blob = 2; let seen = URL + Blob;");
  assert(finish.ok, JSON.stringify(finish));
  assertEquals(finish.locals["seen"], 3);
});

Deno.test("library: code that uses it can be captured, restored and continued", () => {
  const code = `
    let text;
    { const f = new Intl.NumberFormat("de"); await Sleep(1); text = f.format(1234.5) + new URL("http://a.example/b").pathname; }
  `;
  using scope = open(code);
  scope.start();
  const bytes = scope.capture();
  assert(bytes !== undefined && bytes.length < 1_000_000, `${bytes?.length}`);
  using restored = sandbox.restore(optionsFor(code), bytes);
  assert(restored !== undefined);
  restored.deliver(result(1, { $type: "undefined" }));
  const finish = restored.finish();
  assert(finish.ok, JSON.stringify(finish));
  assertEquals(finish.locals["text"], "1.234,5/b");
});
