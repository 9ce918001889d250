import type { Model } from "../../src/model/mod.ts";
import { usageError } from "../../src/cli/usage_error.ts";
import { rules } from "../../src/prompt/rules.ts";

const folder = new URL("./variants/", import.meta.url);

/** The rules of the prompt as they are shipped, from src/prompt/rules.ts. */
export const shippedRules = "shipped";

/** The names of all variants of the rules: the shipped ones, and the files of the folder `variants`. */
export function variantNames(): string[] {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/\.md$/, ""));
  return [shippedRules, ...files.sort()];
}

/** The rules of a variant, with the declarations of the builtins. Throws for an unknown name. */
export function rulesOf(variant: string): string {
  if (variant === shippedRules) return rules;
  if (!variantNames().includes(variant)) {
    throw usageError(`There are no rules "${variant}"; there are ${variantNames().join(", ")}`);
  }
  const text = Deno.readTextFileSync(new URL(`${variant}.md`, folder)).trim();
  const builtins = /^# Builtins\n```ts\n[^]*?\n```/m.exec(rules)?.[0];
  if (builtins === undefined) throw new Error("The shipped rules have no section # Builtins");
  return `${text}\n\n${builtins}`;
}

/** A model that reads other rules than the shipped ones. */
export function withRules(model: Model, variant: string): Model {
  if (variant === shippedRules) return model;
  const other = rulesOf(variant);
  return {
    ...model,
    stream: ({ system, ...request }, options) =>
      model.stream({
        ...request,
        system: system.startsWith(rules) ? other + system.slice(rules.length) : system,
      }, options),
  };
}

/** Lessons that prevented slips of models, each with the words that teach it. */
export const lessons: Readonly<Record<string, RegExp>> = {
  "code cannot read": /code cannot read|only you can read|code cannot/i,
  "yield is last": /last statement/i,
  "yield gives prose": /as prose|words, not a value|not a value/i,
  "parameters are plain names": /not state\.\w+/i,
  "arguments by name": /as one object/i,
  "say takes two": /take no more/i,
  "no other functions": /no functions but|no other functions/i,
};

/** Whether the rules of a variant teach a lesson. Throws for an unknown lesson. */
export function teaches(variant: string, lesson: string): boolean {
  const pattern = lessons[lesson];
  if (pattern === undefined) throw new Error(`There is no lesson "${lesson}"`);
  return pattern.test(rulesOf(variant));
}
