/** The condition that a value means success: it is set, and it is not a text that denies success. */
export function isValid(reference: string): string {
  return `(${reference} && !/^(invalid|not valid|false|no|null|none)\\b/i.test(${reference}))`;
}

/** Operators in words, longest first; `text` is the JavaScript operator. */
export const comparisons: readonly (readonly [words: string, operator: string])[] = [
  ["is greater than or equal to", ">="],
  ["is less than or equal to", "<="],
  ["is not equal to", "!=="],
  ["does not equal", "!=="],
  ["is equal to", "==="],
  ["is the same as", "==="],
  ["is different from", "!=="],
  ["is greater than", ">"],
  ["is more than", ">"],
  ["is larger than", ">"],
  ["is bigger than", ">"],
  ["is higher than", ">"],
  ["is less than", "<"],
  ["is lower than", "<"],
  ["is smaller than", "<"],
  ["is fewer than", "<"],
  ["is above", ">"],
  ["is over", ">"],
  ["is below", "<"],
  ["is under", "<"],
  ["is at least", ">="],
  ["is at most", "<="],
  ["is exactly", "==="],
  ["exceeds", ">"],
  ["equals", "==="],
];

/** Operators in signs, each with its JavaScript operator. */
export const symbols: ReadonlyMap<string, string> = new Map([
  ["<", "<"],
  [">", ">"],
  ["<=", "<="],
  [">=", ">="],
  ["≤", "<="],
  ["≥", ">="],
  ["=", "==="],
  ["==", "==="],
  ["===", "==="],
  ["!=", "!=="],
  ["!==", "!=="],
  ["≠", "!=="],
]);

/** The condition of an adjective on a value. Returns `undefined` if it cannot be computed. */
export function adjective(words: string, left: string): string | undefined {
  const present = `(${left} !== undefined && ${left} !== null && ${left} !== "")`;
  const word = words.toLowerCase().replace(/^(an?|the) /, "");
  if (/^(empty|blank)$/.test(word)) return `((${left} ?? "").length === 0)`;
  if (/^(set|defined|available|known|given|provided|present)$/.test(word)) return present;
  if (/^(missing|unknown|unset|undefined|not set)$/.test(word)) return `!${present}`;
  if (/^(valid|correct|ok|okay|successful)$/.test(word)) return isValid(left);
  if (/^(invalid|not valid|incorrect|wrong|unsuccessful)$/.test(word)) return `!${isValid(left)}`;
  if (/^(number|numeric|positive number)$/.test(word)) return `/^-?\\d+(\\.\\d+)?$/.test(${left})`;
  if (/^(yes|no)$/.test(word)) return `/^${word === "yes" ? "y" : "n"}/i.test(${left})`;
  if (word === "even") return `(${left} % 2 === 0)`;
  if (word === "odd") return `(${left} % 2 !== 0)`;
  if (word === "positive") return `(${left} > 0)`;
  if (word === "negative") return `(${left} < 0)`;
  if (word === "zero") return `(${left} === 0)`;
  return undefined;
}

/** Words that mean values. */
export const constants: ReadonlyMap<string, string> = new Map([
  ["true", "true"],
  ["false", "false"],
  ["null", "null"],
  ["none", "null"],
  ["undefined", "undefined"],
]);

/** The few functions that are common in steps, each made from its arguments. */
export const functions: ReadonlyMap<string, (args: string) => string> = new Map([
  ["len", (args) => `(${args} ?? "").length`],
  ["str", (args) => `String(${args})`],
  ["int", (args) => `Math.trunc(Number(${args}))`],
  ["float", (args) => `Number(${args})`],
  ["round", (args) => `Math.round(${args})`],
  ["abs", (args) => `Math.abs(${args})`],
  ["min", (args) => `Math.min(${args})`],
  ["max", (args) => `Math.max(${args})`],
]);
