import { assertEquals } from "@std/assert";
import { providerInfo } from "../../src/model/providers.ts";
import { readServerError } from "../../src/model/server_error.ts";
import { usualSettings } from "../../src/model/spec.ts";

const asked = {
  id: "anthropic:m",
  baseUrl: "https://api.example",
  keyEnv: "KEY",
  key: "secret-key",
  info: providerInfo("anthropic")!,
  settings: usualSettings("anthropic"),
  secrets: [],
  keyWithheld: false,
  nowMs: 0,
};

const table: readonly (readonly [status: number, kind: string, retry: boolean])[] = [
  [400, "request", false],
  [401, "auth", false],
  [402, "quota", false],
  [403, "auth", false],
  [404, "request", false],
  [408, "timeout", true],
  [409, "overload", true],
  [413, "context", false],
  [429, "rate-limit", true],
  [500, "overload", true],
  [503, "overload", true],
  [504, "timeout", true],
];

Deno.test("server error: the status decides if the body has no message", () => {
  for (const [status, kind, retry] of table) {
    const failure = readServerError({ status, headers: {}, body: "nope", began: false }, asked);
    assertEquals([failure.failure.kind, failure.retry], [kind, retry], String(status));
  }
});
