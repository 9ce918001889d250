import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { restoreState, sourceOf, stateChecks, storedState } from "../../src/engine/mod.ts";
import {
  checkExport,
  type ExportBytes,
  exportSession,
  forkSession,
  importSession,
  refuseRedacted,
} from "../../src/session/mod.ts";
import { ChainWriter } from "../../src/session/moving/chain.ts";
import { layoutFault, programLayout } from "../../src/session/moving/program_layout.ts";
import { Redaction } from "../../src/session/moving/redact.ts";
import { MemoryStore } from "../../src/store/memory/memory_store.ts";
import { FileStore, realFileSystem } from "../../src/store/mod.ts";
import type { SessionStore } from "../../src/store/session_store.ts";
import { maxInlineLength } from "../../src/store/packed_value.ts";
import { releaseJournals, storedJournal } from "../support/release_journals.ts";
import { tempFolder } from "../support/temp_files.ts";
import { testClock, testProcess } from "../store/conformance.ts";

const process = testProcess(1);

for (const release of releaseJournals()) {
  Deno.test(`moving: a session of ${release} has the same entries after its export and import`, async () => {
    const store = memory();
    const id = await sessionOf(store, storedJournal(release));
    const bytes = await exported(store, id);
    const checked = checkExport(asFile(bytes));
    assertEquals(checked.position, storedJournal(release).length);
    const other = memory();
    const session = await imported(other, bytes);
    assert(session.id !== id);
    assertEquals(await entriesOf(other, session.id), await entriesOf(store, id));
    assertEquals(session.importedFrom, { id, position: checked.position });
    assertEquals(session.status, "waiting");
  });
}

Deno.test("moving: each changed byte is refused, with the place of its line", async () => {
  const store = memory();
  const bytes = await exported(store, await sessionOf(store, storedJournal("0.2.0")));
  const step = Math.max(1, Math.floor(bytes.length / 700));
  for (let at = 0; at < bytes.length; at += step) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    const line = bytes.subarray(0, at).filter((byte) => byte === 10).length + 1;
    const error = assertThrows(() => checkExport(asFile(changed)), PlaybooksError);
    // Without its first bytes the file is no exported session.
    if (at < 76) assert(error.exitCode === exitCodes.usage || error.exitCode === exitCodes.storage);
    else assertStringIncludes(error.message, `line ${line}, at byte `, `byte ${at}`);
  }
});

Deno.test("moving: a removed, repeated, moved or missing line is refused", async () => {
  const store = memory();
  const bytes = await exported(store, await sessionOf(store, storedJournal("0.2.0")));
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  const file = (changed: readonly string[]) => asFile(encode(changed.map((line) => `${line}\n`).join("")));
  const refused = (changed: readonly string[], line: number) => {
    const error = assertThrows(() => checkExport(file(changed)), PlaybooksError);
    assertEquals(error.exitCode, exitCodes.storage);
    assertStringIncludes(error.message, `line ${line}, `);
  };
  refused(lines.toSpliced(4, 1), 5);
  refused(lines.toSpliced(4, 0, lines[3]!), 5);
  refused(lines.toSpliced(4, 2, lines[5]!, lines[4]!), 5);
  refused(lines.slice(0, -1), lines.length);
  refused(lines.slice(0, 4), 5);
  refused([...lines, lines.at(-1)!], lines.length + 1);
  const cut = assertThrows(() => checkExport(asFile(bytes.slice(0, -9))), PlaybooksError);
  assertStringIncludes(cut.message, `line ${lines.length}, `);
});

Deno.test("moving: a long text stands once in the file, and an entry may have a field $blob", async () => {
  const store = memory();
  const long = "ü".repeat(maxInlineLength + 1);
  const journal = storedJournal("0.2.0");
  const odd = { type: "patch", at: 1, frame: "f1", out: { index: 0, patch: {} } };
  const words = {
    ...odd,
    out: { index: 0, patch: { a: { value: long }, b: { value: [long, { $blob: "x" }] } } },
  };
  const id = await sessionOf(store, [...journal.slice(0, turnOf(journal)), words, words]);
  const bytes = await exported(store, id);
  assertEquals(checkExport(asFile(bytes)).blobs, 1);
  assert(bytes.length < 2 * 2 * long.length, `${bytes.length} bytes`);
  const other = memory();
  assertEquals(await entriesOf(other, (await imported(other, bytes)).id), await entriesOf(store, id));
});

Deno.test("moving: waiting messages move with their session", async () => {
  const store = memory();
  const id = await sessionOf(store, storedJournal("0.2.0"));
  store.inbox(id).post("one", { text: "first" });
  store.inbox(id).post("two", { text: "second" });
  const other = memory();
  const { id: copy } = await imported(other, await exported(store, id));
  assertEquals(
    (await other.inbox(copy).read()).map(({ key, message }) => [key, message]),
    [["one", { text: "first" }], ["two", { text: "second" }]],
  );
});

Deno.test("moving: a fork without its first entries moves with the state before them", async () => {
  const store = memory();
  const id = await sessionOf(store, storedJournal("0.2.0"));
  const whole = await store.load(id);
  const first = whole.entries.slice(0, 6);
  const state = storedState({ ...restoreState({ ...whole, entries: first }), base: 6 });
  await using fork = await store.begin({ key: "", programPaths: [], base: { position: 6, state } }, process);
  await append(fork, whole.entries.slice(6));
  const bytes = await exported(store, fork.id);
  const other = memory();
  const session = await imported(other, bytes);
  assertEquals(session.importedFrom?.position, whole.position);
  assertEquals((await other.load(session.id)).position, whole.position);
  restoreState(await other.load(session.id));
});

Deno.test("moving: a redacted session has no match left, can be checked, and is not run", async () => {
  const store = memory();
  const id = await sessionOf(store, storedJournal("0.2.0"));
  const plain = new TextDecoder().decode(await exported(store, id));
  const secrets = [/[A-Z][a-z]{4,}/gu, /\d{2,}/gu];
  const bytes = await exported(store, id, { redact: secrets });
  const texts = new TextDecoder().decode(bytes);
  assert(plain.length > 0 && texts.includes("[redacted]"));
  const names = texts.match(/"text":"(?:[^"\\]|\\.)*"/g)!;
  assertEquals(names.filter((text) => secrets.some((secret) => text.search(secret) >= 0)), []);
  const checked = checkExport(asFile(bytes));
  assertEquals(checked.header.redacted, true);
  const other = memory();
  const session = await imported(other, bytes);
  assertEquals(session.importedFrom?.redacted, true);
  assertThrows(() => refuseRedacted(session), PlaybooksError, "can only be read");
  await assertRejects(
    () => forkSession(other, { session }, process),
    PlaybooksError,
    "can only be read",
  );
  // An export of it says so, too.
  assertEquals(checkExport(asFile(await exported(other, session.id))).header.redacted, true);
});

Deno.test("moving: values of the program lose matches in numbers and names of fields, ids of the format stay", () => {
  const redaction = new Redaction([/\d{4,}/g, /secret/g]);
  const entry = {
    type: "patch",
    at: 1_764_417_372_297,
    frame: "f1",
    agent: "1000",
    out: {
      index: 10,
      in: { 12345: { secret: { value: 4111 } } },
      patch: {
        card: { value: { number: 41111111, id: "1234", "secret a": 1, "secret b": 2, secretless: null } },
        when: { value: { $type: "date", value: 1_764_417_372_297 } },
        kind: { append: [{ type: "secret", $type: "agent", id: "1000" }] },
      },
    },
  };
  assertEquals(redaction.entry(entry), {
    ...entry,
    out: {
      index: 10,
      in: { 12345: { "[redacted]": { value: "[redacted]" } } },
      patch: {
        card: {
          value: {
            number: "[redacted]",
            id: "[redacted]",
            "[redacted] a": 1,
            "[redacted] b": 2,
            "[redacted]less": null,
          },
        },
        when: { value: "[redacted]" },
        kind: { append: [{ type: "[redacted]", $type: "agent", id: "[redacted]" }] },
      },
    },
  });
  assertEquals([...redaction.kept], ["1000"]);
});

for (const release of releaseJournals()) {
  Deno.test(`moving: a session of ${release} can be read after a pattern removed every text of it`, async () => {
    const store = memory();
    const id = await sessionOf(store, storedJournal(release));
    const bytes = await exported(store, id, { redact: [/[^]+/gu] });
    assertEquals(checkExport(asFile(bytes)).position, storedJournal(release).length);
  });
}

Deno.test("moving: a value that is nested too deeply is refused", () => {
  const chain = new ChainWriter();
  const start = chain.line({ ...exportHeader, programFiles: 0 });
  const depth = 200_000;
  const json = `{"type":"entry","n":1,"e":{"deep":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
  const hash = createHash("sha256").update(chain.hash).update(json).digest("hex");
  const error = assertThrows(
    () => checkExport(asFile(concat([start, encode(`{"h":"${hash}","r":${json}}\n`)]))),
    PlaybooksError,
  );
  assertStringIncludes(error.message, "line 2, ");
});

Deno.test("moving: a file with a right chain and wrong content is refused, and no session is left", async () => {
  const header = exportHeader;
  const first = { type: "entry", n: 1, e: storedJournal("0.2.0")[0] };
  const end = { type: "end", position: 1, lines: 2 };
  const program = (
    path: unknown,
    text: unknown = "",
  ) => [header, { type: "program", path, text }, first, end];
  const hostile: readonly (readonly unknown[])[] = [
    [],
    [null],
    [[]],
    ["text"],
    [first, end],
    [header],
    [header, header],
    [{ ...header, version: 2 }],
    [{ ...header, version: 0 }],
    [{ ...header, session: null }],
    [{ ...header, session: { ...header.session, status: "odd" } }],
    [{ ...header, session: { ...header.session, id: "../../x" } }],
    ...[
      "../x.pb",
      "/etc/x.pb",
      "a/../x.pb",
      ".env",
      ".git/hooks/x",
      "a\\b",
      "C:x",
      "",
      "a//b",
      "nul.pb",
      "x\n.pb",
      7,
    ]
      .map((path) => program(path)),
    program("x.pb", 7),
    program("x.pb", "x".repeat(4 * 1024 * 1024 + 1)),
    [header, ...["x.pb", "X.pb"].map((path) => ({ type: "program", path, text: "" })), first, end],
    [header, ...["x", "x/y"].map((path) => ({ type: "program", path, text: "" })), first, end],
    [header, { type: "blob", sha256: "0", text: "x" }, first, end],
    [header, { ...first, e: { $blob: "0", length: 3 } }, end],
    [header, { ...first, e: null }, end],
    [header, { ...first, n: 2 }, end],
    [header, { ...first, e: { type: "evil", at: 1 } }, end],
    [header, { ...first, e: { type: "patch", at: 1, frame: "f9", out: 1 } }, end],
    [header, { type: "base", position: 3, format: 5, state: {} }, end],
    [header, { type: "base", position: 3, format: 5, state: null }, end],
    [header, { type: "base", position: 3, format: 99, state: {} }, end],
    [header, first, { ...end, position: 2 }],
    [header, first, { ...end, lines: 3 }],
    [header, first, end, end],
    [header, first, { type: "odd" }, end],
  ];
  for (const [index, records] of hostile.entries()) {
    const chain = new ChainWriter();
    const bytes = concat(records.map((record) => chain.line(record)));
    const store = memory();
    const error = await assertRejects(
      () => imported(store, bytes),
      PlaybooksError,
      undefined,
      `file ${index}`,
    );
    assert(error.exitCode === exitCodes.usage || error.exitCode === exitCodes.storage, error.message);
    assertEquals(store.list(), []);
  }
  const chain = new ChainWriter();
  checkExport(asFile(concat([header, first, end].map((record) => chain.line(record)))));
});

Deno.test("moving: a short file whose entry names one text very often is refused", () => {
  const chain = new ChainWriter();
  const text = "x".repeat(1024 * 1024);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const many = Array.from({ length: 257 }, () => ({ $blob: sha256, length: text.length }));
  const records = [exportHeader, { type: "blob", sha256, text }, { type: "entry", n: 1, e: { many } }];
  const bytes = concat(records.map((record) => chain.line(record)));
  const error = assertThrows(() => checkExport(asFile(bytes)), PlaybooksError);
  assertStringIncludes(error.message, "line 3, ");
  assertStringIncludes(error.message, "has more text than playbooks writes");
});

Deno.test("moving: an import that fails leaves nothing in the storage", async () => {
  using folder = tempFolder();
  const store = new FileStore(`${folder.path}/.checkpoints`, { nowMs: testClock() });
  const id = await sessionOf(store, storedJournal("0.2.0"));
  const before = [...Deno.readDirSync(store.storagePath)].map(({ name }) => name).sort();
  const bytes = await exported(store, id);
  const checked = checkExport(asFile(bytes));
  const changed = bytes.slice();
  changed[changed.length - 20]! ^= 1;
  await assertRejects(() =>
    importSession(store, asFile(changed), { checked, place: { key: "", programPaths: [] }, process })
  );
  assertEquals([...Deno.readDirSync(store.storagePath)].map(({ name }) => name).sort(), before);
  const session = await imported(store, bytes);
  assertEquals(store.list().map((each) => each.id), [session.id, id]);
  assertEquals(store.verify(session.id, stateChecks()).faults, []);
});

Deno.test("moving: at each moment of an import the session is not there or whole, so a kill leaves no half", async () => {
  using folder = tempFolder();
  const source = memory();
  const bytes = await exported(source, await sessionOf(source, storedJournal("0.2.0")));
  const path = `${folder.path}/.checkpoints`;
  const seen: number[] = [];
  const real = realFileSystem();
  const look = () => {
    const other = new FileStore(path, { nowMs: testClock() });
    seen.push(...other.list().map(({ id }) => [...other.read(id)].length), other.list().length - 1);
  };
  const watched = new Proxy(real, {
    get(target, name) {
      const work = Reflect.get(target, name);
      if (typeof work !== "function") return work;
      return (...args: readonly unknown[]) => {
        look();
        return Reflect.apply(work, target, args);
      };
    },
  });
  await imported(new FileStore(path, { fs: watched, nowMs: testClock() }), bytes);
  look();
  // Before: no session, so -1 alone. Afterwards: all its entries, and one session.
  const whole = storedJournal("0.2.0").length;
  const first = seen.indexOf(whole);
  assert(first > 20, `${first} moments before`);
  assertEquals(new Set(seen.slice(0, first)), new Set([-1]));
  assertEquals(new Set(seen.slice(first)), new Set([whole, 0]));
});

Deno.test("moving: a later import removes what a killed one left, a day later", async () => {
  using folder = tempFolder();
  const source = memory();
  const bytes = await exported(source, await sessionOf(source, storedJournal("0.2.0")));
  const nowMs = testClock();
  const path = `${folder.path}/.checkpoints`;
  const names = [nowMs() - 25 * 3_600_000, nowMs()].map((time) => `.making-${time}-${crypto.randomUUID()}`);
  for (const name of names) Deno.mkdirSync(`${path}/${name}/x`, { recursive: true, mode: 0o700 });
  const store = new FileStore(path, { nowMs });
  await imported(store, bytes);
  const left = [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) =>
    name.startsWith(".making")
  );
  assertEquals([left, store.list().length], [[names[1]!], 1]);
});

Deno.test("moving: a program is laid out below the folder of its files, if its imports are there", () => {
  const layoutOf = (
    paths: readonly string[],
    imports: readonly (readonly [string, string, string])[],
    real: readonly string[],
  ) => {
    const source = sourceOf(
      paths.map((path) => ({ path, text: path })),
      imports.map(([path, written, from]) => ({ key: `${from}\n${written}`, path, text: path })),
    );
    const layout = programLayout(source, real);
    return layout && [layout.folder, layout.named, layout.files.map(({ path }) => path)];
  };
  assertEquals(layoutOf(["x.pb"], [], ["/home/a/x.pb"]), ["", 1, ["x.pb"]]);
  assertEquals(layoutOf(["examples/x.pb"], [], ["/home/a/examples/x.pb"]), ["examples", 1, ["x.pb"]]);
  assertEquals(layoutOf(["/home/a/x.pb"], [], ["/home/a/x.pb"])?.slice(1), [1, ["x.pb"]]);
  assertEquals(layoutOf(["../x.pb"], [], ["/home/x.pb"]), [undefined, 1, ["x.pb"]]);
  assertEquals(
    layoutOf(["a/x.pb", "/home/u/b/y.pb"], [["a/lib/z.pb", "lib/z.pb", "a/x.pb"]], [
      "/home/u/a/x.pb",
      "/home/u/b/y.pb",
    ]),
    ["", 2, ["a/x.pb", "b/y.pb", "a/lib/z.pb"]],
  );
  assertEquals(layoutOf(["a/x.pb"], [["lib/z.pb", "../lib/z.pb", "a/x.pb"]], ["/home/u/a/x.pb"]), undefined);
  assertEquals(layoutOf(["x.pb"], [["/etc/z.pb", "/etc/z.pb", "x.pb"]], ["/home/u/x.pb"]), undefined);
  assertEquals(layoutFault(["a/x.pb", "b/ü y.pb"]), undefined);
});

Deno.test("moving: an exported file cannot bring settings for the folder of its program", () => {
  for (
    const path of [
      ...["playbooks.toml", "Playbooks.TOML", "a/playbooks.toml", ".env", "a/.env", ".git/hooks/x"],
      // One file with those on a file system that ignores case or characters that nobody sees, as on macOS.
      ...[
        "playbook\u017f.toml",
        "PLAYBOO\u212aS.toml",
        "play\u200cbooks.toml",
        "\ufeff.env",
        "a/\u200d.git/config",
      ],
    ]
  ) {
    assertStringIncludes(layoutFault(["x.pb", path]) ?? "", "is not a plain path below a folder", path);
  }
  assertEquals(
    layoutFault(["x.pb", "playbooks.toml.pb", "my_playbooks.toml", "می\u200cخواهم.pb"]),
    undefined,
  );
  assertStringIncludes(layoutFault(["steps.pb", "\u017fteps.pb"]) ?? "", "twice");
});

const exportHeader = {
  type: "export",
  version: 1,
  playbooks: "0.3.0",
  exportedAt: "2026-01-01T00:00:00.000Z",
  session: { id: "a", status: "waiting", turns: 0, calls: 0, tokens: 0, costUsd: 0 },
  programFiles: 1,
};

function memory(): MemoryStore {
  return new MemoryStore({ nowMs: testClock() });
}

async function sessionOf(store: SessionStore, entries: readonly unknown[]): Promise<string> {
  await using session = await store.begin({ key: "", programPaths: ["/home/u/x.pb"] }, process);
  await append(session, entries);
  await store.update(session.id, { status: "waiting" });
  return session.id;
}

async function append(
  session: Awaited<ReturnType<SessionStore["begin"]>>,
  entries: readonly unknown[],
): Promise<void> {
  await session.append(entries, { expectedPosition: session.position, token: session.token });
}

async function exported(
  store: SessionStore,
  id: string,
  { redact = [] }: { readonly redact?: readonly RegExp[] } = {},
): Promise<Uint8Array> {
  const session = (await store.get(id))!;
  const lines: Uint8Array[] = [];
  const options = { nowMs: 0, redact, withProgram: true };
  for await (const line of exportSession(store, session, options)) lines.push(line);
  return concat(lines);
}

async function imported(store: SessionStore, bytes: Uint8Array) {
  const checked = checkExport(asFile(bytes));
  const place = { key: "", programPaths: [] };
  return await importSession(store, asFile(bytes), { checked, place, process });
}

async function entriesOf(store: SessionStore, id: string): Promise<unknown[]> {
  return [...await store.read(id)].map(({ entry }) => entry);
}

function asFile(bytes: Uint8Array): ExportBytes {
  return {
    name: "x.playbooks",
    readAt(buffer, at) {
      const part = bytes.subarray(at, at + buffer.length);
      buffer.set(part);
      return part.length;
    },
  };
}

function turnOf(journal: readonly Readonly<Record<string, unknown>>[]): number {
  return journal.findIndex(({ type }) => type === "turn") + 1;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
