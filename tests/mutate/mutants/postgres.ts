import type { Mutant } from "../mutant.ts";

const conformance = ["tests/store/postgres/conformance_test.ts"];
const lost = ["tests/store/postgres/lost_connection_test.ts"];
const server = ["tests/store/postgres/server_test.ts"];
const link = ["tests/store/postgres/link_test.ts"];
const pooler = ["tests/store/postgres/pooler_test.ts"];
const encryption = ["tests/process/postgres_tls_test.ts"];

/** Bugs of sessions in Postgres. Their tests need a server; without one, no bug of this list is found. */
export const postgresMutants: readonly Mutant[] = [
  {
    bug: "a repeated transaction sets a session back that another process has taken",
    file: "src/store/postgres/postgres_store.ts",
    find: 'if (Number(row["token"]) !== token) return summaryIn(row);',
    put: "",
    tests: ["tests/store/postgres/lost_connection_test.ts"],
  },
  {
    bug: "a store that is closed while it connects to listen leaves the connection",
    file: "src/store/postgres/listener.ts",
    find: "await endedSoon(this.#made?.then((link) => link.close()));",
    put: "await this.#link?.close();",
    tests: ["tests/store/postgres/server_test.ts"],
  },
  {
    bug: "an append to Postgres does not compare the token",
    file: "src/store/postgres/postgres_session.ts",
    find: "where session = $1 and token = $2 and position = $3 returning session), ${kept}",
    put: "where session = $1 and $2 > 0 and position = $3 returning session), ${kept}",
    tests: lost,
  },
  {
    bug: "an append that was done counts as a conflict",
    file: "src/store/postgres/postgres_session.ts",
    find: 'if (actual === this.#position + count && head!["record"] === lastLine) return true;',
    put: "",
    tests: lost,
  },
  {
    bug: "a session in Postgres writes after a failure",
    file: "src/store/postgres/postgres_session.ts",
    find: "if (this.#failure) throw this.#failure;\n    if (this.#isClosed)",
    put: "if (this.#isClosed)",
    tests: lost,
  },
  {
    bug: "sync = off waits for the server's disk",
    file: "src/store/postgres/database.ts",
    find: 'settings: { synchronous_commit: "off" }',
    put: "settings: {}",
    tests: server,
  },
  {
    bug: "a standby is used for writes",
    file: "src/store/postgres/database.ts",
    find: 'if (readonly === "on") throw new ReadOnlyServerError();',
    put: "",
    tests: server,
  },
  {
    bug: "tables of a newer version are used",
    file: "src/store/postgres/database.ts",
    find: "if (found === schemaVersion) return;",
    put: "if (found >= schemaVersion) return;",
    tests: server,
  },
  {
    bug: "a lease is not extended while its holder lives",
    file: "src/store/postgres/lease_renewal.ts",
    find: "this.#timer ??= this.#start();",
    put: "",
    tests: server,
  },
  {
    bug: "a statement that gets no answer waits for ever",
    file: "src/store/postgres/link.ts",
    find: 'this.cut();\n        late.reject(new ConnectionLostError("No answer came in time"));',
    put: "",
    tests: link,
  },
  {
    bug: "a pooler is not noticed",
    file: "src/store/postgres/database.ts",
    find: "if (!link.isPooled && pid !== answer.state?.pid) throw new PoolerError();",
    put: "",
    tests: pooler,
  },
  {
    bug: "a certificate is not checked",
    file: "src/store/postgres/encryption.ts",
    find: 'rejectUnauthorized: encryption === "verify-full",',
    put: "rejectUnauthorized: false,",
    tests: encryption,
  },
  {
    bug: "an address that asks for encryption takes a server without it",
    file: "src/store/postgres/encryption.ts",
    find: 'if (encryption === "prefer" && answer.length === 1) return socket;',
    put: "return socket;",
    tests: encryption,
  },
  {
    bug: "the password of a database is shown",
    file: "src/store/postgres/address.ts",
    find: 'text.replace(/^([a-z+]+:\\/\\/[^:@/?#]*):[^@/?#]*@/i, "$1:****@")',
    put: "text",
    tests: ["tests/store/postgres/address_test.ts"],
  },
  {
    bug: "a password with bare special characters is shown",
    file: "src/store/postgres/address.ts",
    find: 'return !text.includes("@") ||',
    put: "return true ||",
    tests: ["tests/store/postgres/address_test.ts"],
  },
  {
    bug: "a session that became whole just now is removed as an unfinished one",
    file: "src/store/postgres/postgres_trash.ts",
    find: "where id = $1 and not is_whole for no key update",
    put: "where id = $1 for no key update",
    tests: ["tests/store/postgres/server_test.ts"],
  },
  {
    bug: "a repeated post of a message counts as a repeated key",
    file: "src/store/postgres/postgres_inbox.ts",
    find: 'isNew: known["post"] === post',
    put: "isNew: false",
    tests: lost,
  },
  {
    bug: "an import in Postgres is seen before it is whole",
    file: "src/store/postgres/postgres_store.ts",
    find: "this.#begin(given, process, { isWhole: false })",
    put: "this.#begin(given, process, { isWhole: true })",
    tests: conformance,
  },
  {
    bug: "a folder may name a database without trust",
    file: "src/cli/trust_rules.ts",
    find: '    case "api_key_env":\n    case "url":',
    put: '    case "api_key_env":',
    tests: ["tests/process/postgres_test.ts"],
  },
  {
    bug: "the right to the network is given up although the sessions are in a database",
    file: "src/cli/commands/run/run_process.ts",
    find: "if (servers?.sends || isKeptRemotely || ",
    put: "if (servers?.sends || ",
    tests: ["tests/process/postgres_test.ts"],
  },
];
