import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { exitCodes, PlaybooksError } from "../../../src/errors.ts";
import { FileStore } from "../../../src/store/file/file_store.ts";
import { encodeRecord } from "../../../src/store/file/record.ts";
import { DamagedJournalError } from "../../../src/store/storage_error.ts";
import { settled } from "../../../src/store/settled.ts";
import { forkSession } from "../../../src/session/mod.ts";
import {
  append,
  fenceOf,
  limits,
  sums,
  testClock,
  testConformance,
  testProcess,
  use,
} from "../conformance.ts";
import { filesBelow, tempFolder } from "../../support/temp_files.ts";

const key = "5f".repeat(32);
const encryption = { key, encrypt: true };
const program = { key: "0123456789abcdef", programPaths: ["/home/ann/pricelist.pb"] };
const process = testProcess(1);

interface Stage extends Disposable {
  readonly path: string;
  readonly store: FileStore;
  /** The same folder, as a process with another key sees it. */
  as(given: { readonly key?: string; readonly encrypt?: boolean }): FileStore;
}

function stage(given: { readonly key?: string; readonly encrypt?: boolean } = encryption): Stage {
  const temp = tempFolder();
  const path = `${temp.path}/.checkpoints`;
  const nowMs = testClock();
  const as = (options: { readonly key?: string; readonly encrypt?: boolean }) =>
    new FileStore(path, { nowMs, encryption: { encrypt: false, ...options } });
  return { path, as, store: as(given), [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

/** A session with something in each kind of file. */
async function storedSession({ store }: Stage, name = "quarterly"): Promise<string> {
  await using session = await store.begin({ ...program, name }, process);
  await append(session, [{ words: "short-secret" }, { words: `long-secret ${"x".repeat(70_000)}` }, 3]);
  await session.checkpoint({ state: "state-secret", long: "y".repeat(70_000) }, {
    ...fenceOf(session),
    ...limits,
  });
  await append(session, [{ words: "last-secret" }]);
  await session.snapshots.put("f1", new TextEncoder().encode("memory-secret"));
  await session.inbox.post("posted-key", { text: "posted-secret" });
  await store.update(session.id, { status: "stopped", position: 4 });
  await store.flushIndexes();
  return session.id;
}

const secrets = [
  ...["short-secret", "long-secret", "state-secret", "last-secret", "memory-secret", "posted-secret"],
  ...["posted-key", "pricelist", "/home/ann", "quarterly", "words", "xxxxxxxx", "yyyyyyyy"],
];

/** What a reader without the key finds in the files and their names. */
function foundIn(path: string): readonly string[] {
  return filesBelow(path).flatMap((file) => {
    const text = `${file}\n${new TextDecoder("latin1").decode(Deno.readFileSync(file))}`
      .replaceAll(path, "");
    return secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${file}`);
  });
}

// deno-lint-ignore require-await -- other stores take their time to be made
testConformance("encrypted folder", async () => {
  const temp = tempFolder();
  const options = { nowMs: testClock(), encryption };
  const store = new FileStore(`${temp.path}/.checkpoints`, options);
  const other = new FileStore(`${temp.path}/.checkpoints`, options);
  return {
    store,
    other,
    loseLease: (id) => Deno.remove(`${store.folderOf(id)}/lock`),
    tear: (id) =>
      Deno.writeTextFile(`${store.folderOf(id)}/journal.jsonl`, '{"n":3,"crc":"00', { append: true }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store.flushIndexes(), other.flushIndexes()]);
      temp[Symbol.dispose]();
    },
  };
});

Deno.test("encryption: no word, name or path is in any file, and an unencrypted session has them all", async () => {
  using plain = stage({});
  await storedSession(plain);
  for (const secret of secrets) {
    assert(foundIn(plain.path).some((found) => found.startsWith(secret)), secret);
  }
  using at = stage();
  const id = await storedSession(at);
  assertEquals(foundIn(at.path), []);
  const other = at.as({ key });
  assertEquals([...other.read(id)].map(({ entry }) => entry).slice(2), [3, { words: "last-secret" }]);
  assertEquals((await other.load(id)).checkpoint?.state, { state: "state-secret", long: "y".repeat(70_000) });
  assertEquals(other.get(id)?.name, "quarterly");
  assertEquals(settled(other.inbox(id).read()).map(({ message }) => message), [{ text: "posted-secret" }]);
  await at.store.remove(id);
  await at.store.flushIndexes();
  assertEquals(foundIn(at.path), []);
});

Deno.test("encryption: without the key, sessions are listed and removed, and nothing else", async () => {
  using at = stage();
  const id = await storedSession(at);
  const keys = [[{}, "no key", "not set"], [{ key: "other" }, "wrong key", "is not the key"]] as const;
  for (const [given, reason, words] of keys) {
    const store = at.as({ ...given });
    const [listed] = store.list();
    assertEquals(
      [listed?.id, listed?.status, listed?.name, listed?.programPaths, listed?.locked],
      [id, "stopped", undefined, [], reason],
    );
    assertEquals((await store.lastFor(program.key))?.id, id);
    const uses = [
      () => store.open(id, process),
      () => store.load(id),
      () => [...store.read(id)],
      () => store.mayContain(id, /x/),
      () => store.verify(id, sums),
      () => store.inbox(id).read(),
      () => store.update(id, { name: "another" }),
      () => store.begin({ ...program, encrypted: true }, process),
    ];
    for (const use of uses) {
      // deno-lint-ignore require-await -- an error that is thrown at once must reject, too
      const error = await assertRejects(async () => use(), PlaybooksError, words);
      assertEquals(error.exitCode, exitCodes.usage);
    }
    assertEquals((await store.update(id, { turns: 7 })).turns, 7);
    assertEquals([at.as({ key }).get(id)?.name, at.as({ key }).get(id)?.turns], ["quarterly", 7]);
    await store.remove(id);
    await store.flushIndexes();
    assertEquals((await store.trash.restore(id)).id, id);
    await using session = await at.as({ key }).open(id, process);
    assertEquals([session.session.name, session.position], ["quarterly", 4]);
  }
});

Deno.test("encryption: a missing or another key is reported before anything is written", async () => {
  using at = stage();
  const begin = (given: { readonly key?: string }) =>
    at.as({ ...given, encrypt: true }).begin(program, process);
  const missing = await assertRejects(() => begin({}), PlaybooksError, "openssl rand -hex 32");
  assertEquals(missing.exitCode, exitCodes.usage);
  assertThrows(() => Deno.statSync(at.path), Deno.errors.NotFound);
  await storedSession(at);
  const before = filesBelow(at.path);
  for (const lost of [[], [".encryption.json"]]) {
    for (const name of lost) Deno.removeSync(`${at.path}/${name}`);
    const wrong = await assertRejects(() => begin({ key: "other" }), PlaybooksError, "is not the key");
    assertEquals(wrong.exitCode, exitCodes.usage);
    assertEquals(filesBelow(at.path), before.filter((file) => !lost.some((name) => file.endsWith(name))));
  }
});

Deno.test("encryption: a session keeps its form, and its forks are encrypted if it is, or if they must be", async () => {
  using at = stage({});
  const first = await storedSession(at, "plain");
  const store = at.as({ key, encrypt: true });
  {
    await using session = await store.open(first, process);
    await append(session, ["appended-plain"]);
  }
  assert(Deno.readTextFileSync(`${at.path}/${first}/journal.jsonl`).includes("appended-plain"));
  const forkOf = async (each: FileStore, id: string) => {
    await using fork = await forkSession(each, { session: each.get(id)! }, process);
    await append(fork, ["appended-to-fork"]);
    assertEquals([...each.read(fork.id)].length, each.get(id)!.id === first ? 6 : 7);
    return fork;
  };
  const encrypted = await forkOf(store, first);
  const again = await forkOf(at.as({ key }), encrypted.id);
  for (const { id } of [encrypted, again]) {
    assertEquals(store.get(id)?.encrypted, true);
    const text = Deno.readTextFileSync(`${at.path}/${id}/journal.jsonl`);
    for (const words of ["appended", "secret"]) assert(!text.includes(words));
  }
  assertEquals(store.get(first)?.encrypted, undefined);
});

Deno.test("encryption: a passphrase opens what it closed, and a lost file of salts loses nothing", async () => {
  using at = stage({ key: " correct horse\n", encrypt: true });
  const id = await storedSession(at);
  Deno.removeSync(`${at.path}/.encryption.json`);
  Deno.removeSync(`${at.path}/.list.jsonl`);
  assertEquals((await at.as({ key: "correct horse" }).load(id)).position, 4);
  Deno.removeSync(`${at.path}/${id}/session.json`);
  const store = at.as({ key: "correct horse", encrypt: true });
  assertEquals([store.get(id)?.encrypted, store.get(id)?.locked], [true, undefined]);
  assertEquals((await store.load(id)).position, 4);
  assertEquals(at.as({ key: "correct horses" }).get(id)?.locked, "wrong key");
  await using session = await store.begin(program, process);
  await append(session, ["new"]);
  assertEquals((await at.as({ key: "correct horse" }).load(session.id)).entries, ["new"]);
  await using damaged = await store.open(id, process);
  assertEquals(damaged.session.encrypted, true);
  assertEquals(foundIn(at.path), []);
});

Deno.test("encryption: a changed byte of the journal is refused, or is a torn tail, and never another entry", async () => {
  using at = stage();
  const { id } = await use(at.store.begin(program, process), async (session) => {
    for (const entry of [{ n: 1 }, { n: 2 }, { n: 3 }]) await append(session, [entry]);
  });
  const path = `${at.path}/${id}/journal.jsonl`;
  const whole = Deno.readFileSync(path);
  let refused = 0;
  for (let index = 0; index < whole.length; index++) {
    const bytes = whole.slice();
    bytes[index]! ^= 1;
    Deno.writeFileSync(path, bytes);
    try {
      const { entries } = await at.store.load(id);
      assertEquals(entries, [{ n: 1 }, { n: 2 }, { n: 3 }].slice(0, entries.length), `byte ${index}`);
    } catch (error) {
      assert(error instanceof DamagedJournalError, String(error));
      refused++;
    }
  }
  assert(refused > whole.length / 2, String(refused));
});

Deno.test("encryption: records and files that were moved or exchanged are refused with their position", async () => {
  using at = stage();
  const make = () =>
    use(at.store.begin(program, process), async (session) => {
      for (const entry of ["a", "b", "c"]) await append(session, [entry]);
      await session.snapshots.put("f1", Uint8Array.of(1));
      await session.snapshots.put("f2", Uint8Array.of(2));
    });
  const [one, other] = [await make(), await make()];
  const path = `${at.path}/${one.id}/journal.jsonl`;
  const whole = Deno.readTextFileSync(path);
  const stored = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line).e);
  const records = stored(whole);
  const foreign = stored(Deno.readTextFileSync(`${at.path}/${other.id}/journal.jsonl`));
  const changes = [
    [records[0], records[2], records[1]],
    [records[0], foreign[1], records[2]],
    [records[0], "b", records[2]],
    [records[0], { type: "forged" }, records[2]],
  ];
  for (const entries of changes) {
    const lines = entries.map((entry, index) => new TextDecoder().decode(encodeRecord(index + 1, entry)));
    Deno.writeTextFileSync(path, lines.join(""));
    const error = await assertRejects(() => at.store.load(one.id), DamagedJournalError, "changed or moved");
    assertEquals(error.position, 2);
  }
  Deno.writeTextFileSync(path, whole);
  const image = (name: string) => `${at.path}/${one.id}/scopes/${name}.image`;
  Deno.copyFileSync(image("f2"), image("f1"));
  await using session = await at.store.open(one.id, process);
  assertEquals([session.snapshots.get("f1"), session.snapshots.get("f2")], [undefined, Uint8Array.of(2)]);
});

Deno.test("encryption: a checkpoint, a blob and a message open only where they were written", async () => {
  using at = stage();
  const [one, other] = [await storedSession(at, "one"), await storedSession(at, "two")];
  const name = (id: string) => `${id}/${id}_program_ckpt_3.json`;
  const text = Deno.readTextFileSync(`${at.path}/${name(other)}`);
  Deno.writeTextFileSync(`${at.path}/${name(one)}`, text.replaceAll(other, one));
  const loaded = await at.store.load(one);
  assertEquals([loaded.checkpoint, loaded.notices.length], [undefined, 1]);
  const below = (id: string, folder: string) => filesBelow(`${at.path}/${id}/${folder}`);
  assertNotEquals(below(one, "blobs").map(nameOf), below(other, "blobs").map(nameOf));
  Deno.copyFileSync(below(other, "inbox")[0]!, below(one, "inbox")[0]!);
  assertEquals(at.store.inbox(one).read(), []);
  Deno.copyFileSync(below(one, "blobs")[0]!, below(one, "blobs")[1]!);
  const { faults } = at.store.verify(one, sums);
  assert(faults.some(({ kind }) => kind === "blob"), JSON.stringify(faults));
});

Deno.test("encryption: a check of all sessions goes on after those without their key, wherever they are", async () => {
  using at = stage();
  const plain = at.as({});
  const begin = async (store: FileStore) => {
    await using session = await store.begin(program, process);
    await append(session, [1, 2, 3]);
    return session.id;
  };
  const open = [await begin(plain)];
  const sealed = [await storedSession(at), await storedSession(at, "monthly")];
  open.push(await begin(plain));
  Deno.writeTextFileSync(`${at.path}/${open[1]}/journal.jsonl`, "rubbish\n", { append: true });
  for (
    const [given, locked] of [[{}, "no key"], [{ key: "other" }, "wrong key"], [{ key }, undefined]] as const
  ) {
    const { sessions } = await at.as({ ...given }).verifyAll(sums);
    assertEquals(sessions.map(({ id }) => id).toSorted(), [...open, ...sealed].toSorted());
    for (const { id, ...found } of sessions) {
      assertEquals([id, found.locked], [id, sealed.includes(id) ? locked : undefined]);
      const isChecked = found.locked === undefined;
      assertEquals([id, found.entries > 0], [id, isChecked]);
    }
    const damaged = sessions.filter(({ faults, remarks }) => faults.length + remarks.length > 0);
    assert(damaged.some(({ id }) => id === open[1]), "the session after them is checked");
  }
});

Deno.test("encryption: no nonce is used twice, also after a rewind and a fork", async () => {
  using at = stage();
  const nonces = new Set<string>();
  let count = 0;
  const collect = () => {
    for (const file of filesBelow(at.path).filter((path) => path.endsWith("journal.jsonl"))) {
      for (const line of Deno.readTextFileSync(file).trimEnd().split("\n")) {
        const envelope = atob(JSON.parse(line).e);
        assertEquals(envelope.slice(0, 4), "pbe\x01");
        if (!nonces.has(envelope.slice(24, 36) + envelope.slice(36))) count++;
        nonces.add(envelope.slice(24, 36) + envelope.slice(36));
        nonces.add(envelope.slice(24, 36));
      }
    }
  };
  const { id } = await use(at.store.begin(program, process), async (session) => {
    for (let n = 0; n < 20; n++) await append(session, ["the same"]);
  });
  collect();
  await use(at.store.open(id, process), async (session) => {
    await session.rewind(5, fenceOf(session));
    for (let n = 0; n < 15; n++) await append(session, ["the same"]);
  });
  collect();
  await use(forkSession(at.store, { session: at.store.get(id)! }, process), () => Promise.resolve());
  collect();
  assertEquals(count, 20 + 15 + 20);
  assertEquals(nonces.size, 2 * count);
});

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
