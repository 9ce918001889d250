import { helperTexts } from "./helper_texts.ts";

/** The name of a helper, and of the helpers that it calls itself. */
export type HelperName = keyof typeof helperTexts;

/** The name of the object that holds the helpers in upgraded code. */
export const helperObject = "py";

/** The helpers with these names and all that they call, as the declaration of one object. */
export function helperCode(names: Iterable<string>): string {
  const needed = new Set<string>();
  const add = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const [, other] of textOf(name).matchAll(/\bpy\.(\w+)/g)) add(other!);
  };
  for (const name of names) add(name);
  if (needed.size === 0) return "";
  const methods = Object.keys(helperTexts).filter((name) => needed.has(name)).map((name) =>
    textOf(name).trim().replace(/^/gm, "  ")
  );
  return [
    "/** What Python's operators and functions mean where JavaScript's differ. */",
    `const ${helperObject} = {`,
    methods.join("\n"),
    "};",
  ].join("\n");
}

function textOf(name: string): string {
  if (!Object.hasOwn(helperTexts, name)) throw new TypeError(`There is no helper ${name}`);
  return helperTexts[name as HelperName];
}
