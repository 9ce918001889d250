import type { LineCounter, parseDocument } from "yaml";

/** What we use of the library that reads YAML. */
interface YamlReader {
  readonly parseDocument: typeof parseDocument;
  readonly LineCounter: typeof LineCounter;
}

let reader: YamlReader | undefined;

/** Loads the library for programs that hold what might be YAML; it is a large one, and many hold none. */
export async function loadYaml(lines: readonly string[]): Promise<void> {
  if (reader === undefined && lines.some((line) => mayBeYaml.test(line))) {
    reader = await import("./yaml_library.ts");
  }
}

/** The library, loaded. Throws if it was not, which is our own mistake. */
export function yamlReader(): YamlReader {
  if (reader === undefined) throw new TypeError("YAML was met where no line looks like it");
  return reader;
}

/** Front matter, or a key with or without a value: all metadata has one of them. */
const mayBeYaml = /^\s*---|[\w$-]\s*:(?:\s|$)/;
