import { assertEquals, assertNotEquals } from "@std/assert";
import {
  notificationAtEnd,
  notificationAtError,
  parkNotification,
} from "../../../src/cli/notify/notification.ts";
import { notifySettings } from "../../../src/cli/notify/notify_settings.ts";
import { askOf } from "../../../src/cli/trust_rules.ts";
import { Programs, type State } from "../../../src/engine/mod.ts";
import type { RunResult } from "../../../src/session/mod.ts";

function sessionAt(position: number, end?: State["end"]): Parameters<typeof notificationAtEnd>[1] {
  const state = { position, ...(end ? { end } : {}) } as State;
  return { id: "s1", state, programs: new Programs(), nowMs: 0 };
}

Deno.test("notification: a stop by a person and a wait for a timer make none; every other end makes one of its kind", () => {
  const events: readonly (readonly [RunResult, string | undefined])[] = [
    [{ kind: "interrupted" }, undefined],
    [{ kind: "waiting", for: [], untilMs: 5 }, undefined],
    [{ kind: "completed" }, "completed"],
    [{ kind: "failed", reason: "x" }, "failed"],
    [{ kind: "model", message: "x" }, "failed"],
    [{ kind: "limit", message: "x" }, "failed"],
    [{ kind: "input", message: "x" }, "failed"],
    [{ kind: "tools", message: "x" }, "failed"],
    [{ kind: "diverged", frame: "f1", ordinal: 0, playbook: "P", before: "a" }, "decision"],
  ];
  for (const [result, event] of events) assertEquals(notificationAtEnd(result, sessionAt(9))?.event, event);
});

Deno.test("notification: the end of a program has one key, and each failed run has its own", () => {
  const end = { status: "failed", at: 77, reason: "x" } as const;
  const failed: RunResult = { kind: "failed", reason: "x" };
  assertEquals(notificationAtEnd(failed, sessionAt(9, end))?.key, "s1:failed:end@77");
  assertEquals(notificationAtEnd(failed, sessionAt(10, end))?.key, "s1:failed:end@77");
  const model: RunResult = { kind: "model", message: "x" };
  assertNotEquals(notificationAtEnd(model, sessionAt(9))?.key, notificationAtEnd(model, sessionAt(12))?.key);
  assertEquals(notificationAtError(new Error("full"), sessionAt(9)).error, "full");
  assertEquals(parkNotification("s1", 9, 8, 0).key, "s1:failed:9");
});

Deno.test("notification: an address that is not one of HTTP is refused with its place", () => {
  const settingsOf = (key: string, value: string) => {
    const given = new Map([[`notify.${key}`, {
      value,
      place: "line 3",
      folder: "/a",
      layer: "file" as const,
    }]]);
    const valueOf = (name: string) => name.endsWith("_seconds") ? 1 : String(given.get(name)?.value ?? "");
    try {
      notifySettings(valueOf, given, "/a");
      return "accepted";
    } catch (error) {
      return String(error);
    }
  };
  for (const url of ["file:///etc/passwd", "hooks.example", "javascript:alert(1)"]) {
    assertEquals(settingsOf("url", url).includes("line 3"), true, url);
    assertEquals(settingsOf("link", url).includes("line 3"), true, url);
  }
  assertEquals(settingsOf("url", "https://hooks.example/a"), "accepted");
  assertEquals(settingsOf("link", "https://desk.example/{id}"), "accepted");
});

Deno.test("notification: each setting that starts a program, reaches an address or names a secret needs trust", () => {
  const context = { provider: () => "anthropic", folder: "/a", realPath: (path: string) => path };
  for (const key of ["command", "url", "token_env", "link"]) {
    assertEquals(askOf({ table: "notify", key }, "x", context)?.needed, true, key);
    assertEquals(askOf({ table: "notify", key }, "", context), undefined, key);
  }
  assertEquals(askOf({ table: "notify", key: "wait_seconds" }, 5, context), undefined);
});
