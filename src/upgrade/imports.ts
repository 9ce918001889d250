import type { PyNode } from "./python_tree.ts";

/** Modules of Python whose functions have counterparts, or whose names only describe types. */
const knownModules: ReadonlySet<string> = new Set(
  ("math random json re time datetime asyncio typing os string uuid copy dataclasses dotenv enum collections functools itertools " +
    "__future__ abc sys playbooks logging").split(" "),
);

/** The names that an import makes, with the path of each: `from math import sqrt as s` gives `s` for `math.sqrt`. */
export function importsOf(
  node: PyNode,
): { readonly names: ReadonlyMap<string, string>; readonly unknownModules: readonly string[] } {
  const names = new Map<string, string>();
  const words = node.kids.filter(({ name }) => name !== "(" && name !== ")");
  const importAt = words.findIndex(({ name }) => name === "import");
  const from = words.slice(1, importAt).map(({ text }) => text).join("");
  const isFrom = words[0]!.name === "from";
  const modules = new Set<string>(isFrom ? [from] : []);
  let group: PyNode[] = [];
  const end = () => {
    if (group.length === 0) return;
    const as = group.findIndex(({ name }) => name === "as");
    const path = group.slice(0, as < 0 ? group.length : as).map(({ text }) => text).join("");
    const alias = as < 0 ? undefined : group[as + 1]!.text;
    if (isFrom) names.set(alias ?? path, `${from}.${path}`);
    else {
      modules.add(path);
      const first = path.split(".")[0]!;
      names.set(alias ?? first, alias === undefined ? first : path);
    }
    group = [];
  };
  for (const word of words.slice(importAt + 1)) {
    if (word.name === ",") end();
    else group.push(word);
  }
  end();
  return { names, unknownModules: [...modules].filter((module) => !knownModules.has(module.split(".")[0]!)) };
}
