/**
 * The code in a tool call of a model that was offered no tool; `undefined` if the call carries no code.
 *
 * Models that were trained on tools sometimes call an imaginary tool, and put the requested JavaScript into its argument.
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
 * A tool call without code as the text `{"name":…,"arguments":…}`, from which the runtime finds the builtin or the playbook.
 * `undefined` if the arguments are not an object.
 */
export function textOfToolCall(name: string, input: string): string | undefined {
  const value = parsed(input);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return JSON.stringify({ name, arguments: value });
}

const codeKeys = /^(code|source|script|javascript|typescript|js|ts|program)$/i;

/** Useful code contains at least one call. */
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
