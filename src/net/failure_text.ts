import { messageOf } from "../errors.ts";

/** The reason of a failed request in the words of the HTTP client, without the address, which may contain a secret. */
export function failureText(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = messageOf(inner);
  const [, , said] = /client error \((\w+)\): ([^]*)$/.exec(text) ?? [];
  return said ?? text.replace(/https?:\/\/\S+/g, "the address");
}

/** An error and its causes. */
export function errorsOf(error: unknown): unknown[] {
  const errors: unknown[] = [];
  for (let current = error; current !== undefined && current !== null && errors.length < 6;) {
    errors.push(current);
    current = current instanceof Error ? current.cause : undefined;
  }
  return errors;
}
