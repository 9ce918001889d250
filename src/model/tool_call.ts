/**
 * The code in a tool call that a model made though no tool was offered; `undefined` when it carries none.
 *
 * Models that were trained on tools answer "write JavaScript" now and then with a call of a tool that they imagine, and
 * its argument is the answer that was asked for.
 */
export function codeOfToolCall(input: string): string | undefined {
  const value = parsed(input);
  if (typeof value === "string") return looksLikeCode(value) ? value : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string" && entry[1].trim() !== ""
  );
  const named = texts.find(([key]) => codeKeys.test(key));
  if (named) return named[1];
  const [only] = texts;
  return texts.length === 1 && looksLikeCode(only![1]) ? only![1] : undefined;
}

/**
 * A tool call that carries no code, as the text `{"name":…,"arguments":…}`: who reads the answer finds the builtin or the
 * playbook that it means, or can tell the model that there is none. `undefined` when its arguments are no object.
 */
export function textOfToolCall(name: string, input: string): string | undefined {
  const value = parsed(input);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return JSON.stringify({ name, arguments: value });
}

const codeKeys = /^(code|source|script|javascript|typescript|js|ts|program)$/i;

/** A call is in every turn that does anything. */
function looksLikeCode(text: string): boolean {
  return /[\w$]\s*\([^]*\)/.test(text);
}

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
