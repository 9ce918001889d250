// @ts-types="#types/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
// @ts-types="#types/uuid_v7.d.ts"
import { extractTimestamp, validate } from "@std/uuid/v7";
import { PlaybooksError } from "../../src/errors.ts";
import { findSession, notFoundError } from "../../src/sessions/find.ts";
import { checkName, isSessionId, newSessionId, parseReference } from "../../src/sessions/session_id.ts";
import { idOf, sessionOf } from "./fixtures.ts";

const one = sessionOf({ id: idOf(1, "abcd1111"), name: "negotiation" });
const two = sessionOf({ id: idOf(2, "abcd2222"), name: "abcd1" });
const three = sessionOf({ id: idOf(3, "ef012345"), name: "tax@2" });
const sessions = [three, two, one];

Deno.test("a session is found by id, by unique prefix in either case, and by name", () => {
  for (const reference of [one.id, one.id.toUpperCase(), "abcd11", "ABCD1111", "negotiation"]) {
    assertEquals(findSession(sessions, reference), { kind: "found", session: one }, reference);
  }
});

Deno.test("@N goes with any reference, and a name that ends like it stays a name", () => {
  assertEquals(findSession(sessions, "negotiation@29"), { kind: "found", session: one, position: 29 });
  assertEquals(findSession(sessions, "ef01@0"), { kind: "found", session: three, position: 0 });
  assertEquals(findSession(sessions, "tax@2"), { kind: "found", session: three });
  assertEquals(parseReference("x@y@12"), { session: "x@y", position: 12 });
});

Deno.test("a name goes before a prefix, and a prefix of several sessions names none", () => {
  assertEquals(findSession(sessions, "abcd1"), { kind: "found", session: two });
  const result = findSession(sessions, "abcd");
  assertEquals(result, { kind: "ambiguous", candidates: [two, one] });
  assert(result.kind === "ambiguous");
  const error = notFoundError("abcd", result);
  assertEquals(error.exitCode, 3);
  assertEquals(
    error.message,
    `Session "abcd" is not one but 2: ${two.id} (abcd1), ${one.id} (negotiation); write more of its id`,
  );
});

Deno.test("three characters are too few for a prefix", () => {
  assertEquals(findSession(sessions, "ef0").kind, "missing");
});

Deno.test("a session that is not there is answered with the nearest and the newest ones", () => {
  const result = findSession(sessions, "negotation");
  assertEquals(result, { kind: "missing", nearest: [one], newest: [three, two, one] });
  assert(result.kind === "missing");
  assertEquals(
    notFoundError("negotation", result).message,
    `Session "negotation" not found; nearest: ${one.id} (negotiation); newest: ${three.id} (tax@2), ${two.id} (abcd1); ` +
      "list all with: playbooks sessions",
  );
});

Deno.test("a path never names a session, and that is said", () => {
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

Deno.test("a new id is a UUID of version 7 and holds its time", () => {
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

Deno.test("checkName() refuses what could be taken for an id, a path, a flag or a checkpoint", () => {
  for (const name of ["", " x", "a/b", "..", "x@3", "-x", "a\nb", idOf(1), "x".repeat(81)]) {
    const error = assertThrows(() => checkName(name), PlaybooksError);
    assertMatch(error.message, /^Cannot name a session ".*": it .*; choose another name/);
  }
  for (const name of ["negotiation", "Steuer 2026", "v1.2"]) assertEquals(checkName(name), name);
});
