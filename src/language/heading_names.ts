import { nameKey, toCamelCase, withoutNumber } from "./names.ts";

/** Drops the anchor of some Markdown dialects: `Deploy {#deploy}`. */
export function withoutAnchor(title: string): string {
  const text = title.trimEnd();
  const start = text.endsWith("}") ? text.lastIndexOf("{") : -1;
  return start < 0 || text.charAt(start + 1) !== "#" ? title : text.slice(0, start).trimEnd();
}

/**
 * Names of an agent's playbooks, from their titles: without leading numbers and without remarks in brackets. Playbooks that
 * only these parts distinguish keep them, such as `Deploy (staging)` and `Deploy (production)`. `""` if there is no name.
 */
export function playbookNames(
  titles: readonly { readonly title: string; readonly shortTitle: string }[],
): readonly string[] {
  const short = titles.map(({ shortTitle }) => toCamelCase(withoutNumber(shortTitle)));
  const keys = short.map(nameKey);
  return titles.map(({ title }, index) => {
    const isShared = keys.indexOf(keys[index]!) !== keys.lastIndexOf(keys[index]!);
    return beginningWithLetter(isShared ? toCamelCase(title) : short[index]!, "Playbook");
  });
}

/** The name of an agent from its title. */
export function agentName(title: string): string {
  const name = toCamelCase(title);
  return beginningWithLetter(/^\p{L}/u.test(name) ? name : toCamelCase(withoutNumber(title)), "Agent");
}

/** A name must begin with a letter: `24 hour check` becomes `Playbook24HourCheck`. Without any letter there is no name. */
function beginningWithLetter(name: string, prefix: string): string {
  if (/^\p{L}/u.test(name)) return name;
  return /\p{L}/u.test(name) ? prefix + name : "";
}

/** The parts of an agent's heading. */
interface AgentHeading {
  readonly title: string;
  /** As written, without spaces. */
  readonly type: string;
  /** The index of the type in the heading. */
  readonly index: number;
}

/**
 * Reads `Name`, `Name:Human` or `Name : AI`. A colon in a sentence, as in `Corpus: what people wrote`, belongs to the title.
 */
export function parseAgentHeading(heading: string): AgentHeading {
  const colon = heading.lastIndexOf(":");
  const type = heading.slice(colon + 1).trim();
  const isProse = colon < 0 ||
    (/\s/.test(type) || /^\s/.test(heading.slice(colon + 1))) && !/^(?:ai|human|mcp)$/i.test(type);
  return isProse
    ? { title: heading.trim(), type: "AI", index: 0 }
    : { title: heading.slice(0, colon).trim(), type, index: colon + 1 };
}
