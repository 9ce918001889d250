import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { extractTimestamp, validate } from "@std/uuid/v7";
import { PlaybooksError } from "../../src/errors.ts";
import { findSession, notFoundError } from "../../src/store/find.ts";
import { checkName, isSessionId, newSessionId, parseReference } from "../../src/store/session_id.ts";
import { idOf, sessionOf } from "./file/fixtures.ts";

const one = sessionOf({ id: idOf(1, "abcd1111"), name: "negotiation" });
const two = sessionOf({ id: idOf(2, "abcd2222"), name: "abcd1" });
const three = sessionOf({ id: idOf(3, "ef012345"), name: "tax@2" });
const sessions = [three, two, one];

Deno.test("find: a session is found by id, by either end of it in either case, and by name", () => {
  const references = [
    one.id,
    one.id.toUpperCase(),
    "abcd11",
    "ABCD1111",
    "0001",
    "-000000000001",
    "negotiation",
  ];
  for (const reference of references) {
    assertEquals(findSession(sessions, reference), { kind: "found", session: one }, reference);
  }
});

Deno.test("find: @N works after any reference, and a name that ends in @N stays a name", () => {
  assertEquals(findSession(sessions, "negotiation@29"), { kind: "found", session: one, position: 29 });
  assertEquals(findSession(sessions, "ef01@0"), { kind: "found", session: three, position: 0 });
  assertEquals(findSession(sessions, "tax@2"), { kind: "found", session: three });
  assertEquals(parseReference("x@y@12"), { session: "x@y", position: 12 });
});

Deno.test("find: a name wins over a prefix, and a prefix of several sessions finds none", () => {
  assertEquals(findSession(sessions, "abcd1"), { kind: "found", session: two });
  const result = findSession(sessions, "abcd");
  assertEquals(result, { kind: "ambiguous", candidates: [two, one] });
  assert(result.kind === "ambiguous");
  const error = notFoundError("abcd", result);
  assertEquals(error.exitCode, 3);
  assertEquals(
    error.message,
    `Session "abcd" fits 2 sessions: ${two.id} (abcd1), ${one.id} (negotiation); write more of its id`,
  );
});

Deno.test("find: the end of several ids, or an end that is also a prefix of another, finds none", () => {
  const [first, second] = [sessionOf({ id: idOf(1, "aaaa0000") }), sessionOf({ id: idOf(11, "00010000") })];
  for (const reference of ["0001", "00010"]) {
    assertEquals(
      findSession([second, first], reference).kind,
      reference === "0001" ? "ambiguous" : "found",
      reference,
    );
  }
});

Deno.test("find: three characters of an id are too few, and characters from its middle find nothing", () => {
  for (const reference of ["ef0", "003", "0000-7000"]) {
    assertEquals(findSession(sessions, reference).kind, "missing", reference);
  }
});

Deno.test("find: for a missing session the nearest and the newest ones are offered", () => {
  const result = findSession(sessions, "negotation");
  assertEquals(result, { kind: "missing", nearest: [one], newest: [three, two, one] });
  assert(result.kind === "missing");
  assertEquals(
    notFoundError("negotation", result).message,
    `Session "negotation" not found; nearest: ${one.id} (negotiation); newest: ${three.id} (tax@2), ${two.id} (abcd1); ` +
      "list all with: playbooks sessions",
  );
});

Deno.test("find: a path never finds a session, and the answer says so", () => {
  const named = sessionOf({ id: idOf(9), name: "../../x" });
  for (const reference of ["../../x", "..", "a/b.pb", "..\\x", `${one.id}/`]) {
    const result = findSession([...sessions, named], reference);
    assert(result.kind === "missing", reference);
  }
  const message = notFoundError("../../x", { kind: "missing", nearest: [], newest: [] }).message;
  assertStringIncludes(
    message,
    'Session "../../x" not found: a session is named by its id or name, not by a path',
  );
});

Deno.test("id: a new id is a UUID of version 7 and holds its time", () => {
  const id = newSessionId(1_700_000_000_000);
  assert(validate(id) && isSessionId(id));
  assertEquals(extractTimestamp(id), 1_700_000_000_000);
  assertEquals(["../../x", "abcd", `${id}x`, id.toUpperCase()].map(isSessionId), [
    false,
    false,
    false,
    false,
  ]);
});

const invisible = ["a\u0007", "a\u009bb", "a\u202eb", "a\u200bb", "a\u2028b", "\ufeffa", "a\ud800"];

Deno.test("names: a name is stored in one normal form, so any spelling of it finds the session", () => {
  const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
  assertEquals(checkName(decomposed), composed);
  const session = sessionOf({ id: idOf(7), name: composed });
  assertEquals(findSession([session], decomposed), { kind: "found", session });
});

Deno.test("names: checkName() refuses a name that looks like an id, a path, a flag or a checkpoint", () => {
  for (const name of ["", " x", "a/b", "..", "x@3", "-x", "a\nb", idOf(1), "x".repeat(81), ...invisible]) {
    const error = assertThrows(() => checkName(name), PlaybooksError);
    assertMatch(error.message, /^Cannot name a session ".*": it .*; choose another name/);
  }
  for (const name of ["negotiation", "Steuer 2026", "v1.2"]) assertEquals(checkName(name), name);
});

Deno.test("names: a name in the form of an id is refused, also in capitals", () => {
  for (const name of [idOf(1, "abcd1111"), idOf(1, "abcd1111").toUpperCase()]) {
    assertThrows(() => checkName(name), PlaybooksError, "the form of an id");
  }
});
