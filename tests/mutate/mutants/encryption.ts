import type { Mutant } from "../mutant.ts";

const encryption = ["tests/store/file/encryption_test.ts"];

export const encryptionMutants: readonly Mutant[] = [
  {
    bug: "a nonce is used again",
    file: "src/store/file/sealed_codec.ts",
    find: "const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));",
    put: "const nonce = new Uint8Array(nonceBytes);",
    tests: encryption,
  },
  {
    bug: "a record opens at another position",
    file: "src/store/file/record.ts",
    find: "return `entry ${position} ${synced}`;",
    put: 'return "entry";',
    tests: encryption,
  },
  {
    bug: "a content opens in another session",
    file: "src/store/file/sealed_codec.ts",
    find: "`content ${owner}`",
    put: '"content"',
    tests: encryption,
  },
  {
    bug: "a snapshot opens in the place of another one",
    file: "src/store/file/snapshots.ts",
    find: "return `snapshot ${name}`;",
    put: 'return "snapshot";',
    tests: encryption,
  },
  {
    bug: "another key is not told from the right one",
    file: "src/store/file/vault.ts",
    find: 'return check === undefined || areSame(key.check, check) ? key : "wrong key";',
    put: "return key;",
    tests: encryption,
  },
  {
    bug: "a new session is encrypted with another key than those beside it",
    file: "src/store/file/vault.ts",
    find: 'if (head && this.#keyFor(head) === "wrong key")',
    put: "if (!head)",
    tests: encryption,
  },
  {
    bug: "the name of an encrypted session is readable",
    file: "src/store/file/session_file.ts",
    find:
      "const { name, programPaths, programMark, storage, request, handled, notification, ...rest } = plain;",
    put:
      "const { programPaths, programMark, storage, request, handled, notification, ...rest } = plain;\n  const { name } = plain;",
    tests: encryption,
  },
  {
    bug: "the list index has names of encrypted sessions",
    file: "src/store/file/list_index.ts",
    find: "const stored = JSON.stringify(storedSession(session, this.#vault));",
    put: "const stored = JSON.stringify(session);",
    tests: encryption,
  },
  {
    bug: "the registry has names of encrypted sessions",
    file: "src/store/file/registry.ts",
    find: "encoded(storedSession(summaryOf(session), vault))",
    put: "encoded(summaryOf(session))",
    tests: encryption,
  },
  {
    bug: "a check of all sessions stops at the first one without its key",
    file: "src/store/file/file_store.ts",
    find: "if (!(error instanceof KeyError)) throw error;",
    put: "throw error;",
    tests: encryption,
  },
  {
    bug: "a fork of an encrypted session is not encrypted",
    file: "src/session/fork.ts",
    find: "    ...(session.encrypted ? { encrypted: true } : {}),\n",
    put: "",
    tests: encryption,
  },
  {
    bug: "a blob's name helps to guess its text",
    file: "src/store/file/sealed_codec.ts",
    find: 'return createHmac("sha256", this.#namingKey).update(content).digest("hex");',
    put: 'return createHmac("sha256", "").update(content).digest("hex");',
    tests: encryption,
  },
  {
    bug: "a session that comes back from the trash loses its damaged summary",
    file: "src/store/file/sessions.ts",
    find: "if (isNameTaken) this.#writeSummary(file);",
    put: "if (isNameTaken || true) this.#writeSummary(file);",
    tests: ["tests/store/file/file_store_test.ts"],
  },
  {
    bug: "after a rewind, an old decision hides a new one",
    file: "src/session/session_handle.ts",
    find: "`decision ${effect} ${token} ${decisionName(choice)} ${lease}`",
    put: "`decision ${effect} ${token} ${decisionName(choice)}`",
    tests: ["tests/session/session_handle_test.ts"],
  },
  {
    bug: "a follower reads the whole journal at each look",
    file: "src/session/entry_reader.ts",
    find: "this.#after = { position: stored.position, end: stored.end ?? 0 };",
    put: "this.#after = { position: stored.position, end: 0 };",
    tests: ["tests/session/session_handle_test.ts"],
  },
  {
    bug: "a result that only a checkpoint has is left out of a fork",
    file: "src/session/fork.ts",
    find: "if (result && !replaced) throw unreadableResult(session.id, result.position);",
    put: "",
    tests: ["tests/session/fork_set_test.ts"],
  },
];
