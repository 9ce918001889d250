import { messageOf } from "../errors.ts";

/** Why a request failed, in the words of the HTTP client, without the address: that may hold a secret. */
export function failureText(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = messageOf(inner);
  const [, , said] = /client error \((\w+)\): ([^]*)$/.exec(text) ?? [];
  return said ?? text.replace(/https?:\/\/\S+/g, "the address");
}
