/**
 * The code in an unexpected tool call; `undefined` if the call contains no code.
 *
 * We offer no tools. But models with tool training sometimes call an invented tool with the requested JavaScript in its
 * argument.
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
 * Formats a tool call without code as `{"name":…,"arguments":…}`; `undefined` if the arguments are not an object. From
 * this text the runtime finds the builtin or the playbook.
 */
export function textOfToolCall(name: string, input: string): string | undefined {
  const value = parsed(input);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return JSON.stringify({ name, arguments: value });
}

const codeKeys = /^(code|source|script|javascript|typescript|js|ts|program)$/i;

/** Whether a text contains a call, as all useful code does. */
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
