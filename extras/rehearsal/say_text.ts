import { namePattern } from "../../src/language/variable_names.ts";
import { pattern } from "./pattern.ts";
import type { NameScope } from "./scope.ts";
import { wordsOf } from "./words.ts";

const anyName = pattern.gu`${namePattern}`;

/** A JavaScript literal for a text. `$x`, `{$x}` and `{{$x}}` give the variable's value when the code runs. */
export function textLiteral(text: string, scope: NameScope): string {
  const parts: string[] = [];
  let at = 0;
  for (
    const match of text.matchAll(
      pattern
        .gu`\{\{?\s*\$?(${namePattern})((?:\.[\p{L}\p{M}\p{N}_]+)*)\s*\}?\}|\$(${namePattern})((?:\.[\p{L}\p{M}\p{N}_]+)*)|\{([^{}]{1,200})\}`,
    )
  ) {
    if (match[5] !== undefined) {
      const names = match[5].match(anyName) ?? [];
      const isComputed = /[$(\[]/.test(match[5]) || names.some((name) => scope.knows(name));
      const expression = isComputed ? scope.expression(match[5]) : undefined;
      if (expression === undefined) continue;
      parts.push(escapeTemplate(text.slice(at, match.index)), `\${${shown(expression, "value")}}`);
      at = match.index + match[0].length;
      continue;
    }
    const name = (match[1] ?? match[3])!;
    const path = match[2] ?? match[4] ?? "";
    // In braces without `$`, a name is a variable only if the variable exists, because braces are common in plain text.
    if (!match[0].includes("$") && !scope.knows(name)) continue;
    parts.push(escapeTemplate(text.slice(at, match.index)));
    parts.push(`\${${shown(`${scope.reference(name)}${path.replaceAll(".", "?.")}`, name + path)}}`);
    at = match.index + match[0].length;
  }
  if (parts.length === 0) return JSON.stringify(text);
  return `\`${parts.join("")}${escapeTemplate(text.slice(at))}\``;
}

/** The expression that shows a value as text: {@linkcode helpers} has `asText`. */
export function shown(reference: string, name: string): string {
  return `asText(${reference}, ${JSON.stringify(nameText(name))})`;
}

/** `order id` for `order_id`. */
export function nameText(name: string): string {
  return wordsOf(name).join(" ") || `$${name}`;
}

/** The text with a capital at the start. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Functions that the code of a turn uses, by name. Only those used are written. */
export const helpers: Readonly<Record<string, string>> = {
  asText: `(value, name) => {
  if (value === undefined || value === null || Number.isNaN(value)) {
    console.log("rehearsal: no value for: " + name);
    return "(" + name + ")";
  }
  if (Array.isArray(value)) return value.map((each) => asText(each, name)).join(", ") || "(none)";
  if (typeof value !== "object") return String(value);
  const json = JSON.stringify(value);
  return value.klass ?? (json[0] === '"' ? JSON.parse(json) : json);
}`,
  orName: `(value, name) => {
  if (value !== undefined) return value;
  console.log("rehearsal: no value for: " + name);
  return "(" + name + ")";
}`,
  asValue: `(reply) => /^-?(0|[1-9]\\d{0,14})(\\.\\d+)?$/.test(reply.trim()) ? Number(reply) : reply`,
  hasWord: `(reply, words) => {
  const said = String(reply).toLowerCase().replace(/[^\\p{L}\\d]+/gu, " ").trim();
  return new RegExp("(?:^| )(?:" + words + ")(?: |$)").test(said);
}`,
  isValid: `(value) => {
  if (value && typeof value === "object") return value.success !== false && !value.error;
  return Boolean(value) && !/^(invalid|not valid|false|no|null|none)\\b/i.test(value);
}`,
  // The owner may end a meeting at any moment: the others then have no one to speak to, and no step has failed.
  tellMeeting: `async (text) => {
  try {
    await Say("meeting", text);
  } catch (error) {
    if (!/^Meeting \\d+ has ended/.test(error.message)) throw error;
  }
}`,
  // An attendee whose meeting has ended has nothing more to do.
  hearMeeting: `async (options) => {
  try {
    return await Yield("meeting", options);
  } catch (error) {
    if (!/^Meeting \\d+ has ended/.test(error.message)) throw error;
    return Return();
  }
}`,
  watch: `() => {
  let [all, own, rounds] = [];
  return (heard, nowAll, nowOwn) => {
    rounds = heard || nowOwn !== own ? 0 : rounds + 1;
    const stuck = !heard && (nowAll === all || rounds > 10);
    [all, own] = [nowAll, nowOwn];
    if (stuck) console.log("rehearsal: left the loop, since its rounds change nothing that would end it");
    return stuck;
  };
}`,
};

function escapeTemplate(text: string): string {
  return text.replace(/[\\`]|\$\{/g, "\\$&").replaceAll("\n", "\\n");
}
