import type { LineCounter, parseDocument } from "yaml";

/** The used part of the YAML library. */
interface YamlReader {
  readonly parseDocument: typeof parseDocument;
  readonly LineCounter: typeof LineCounter;
}

let reader: YamlReader | undefined;

/** Loads the YAML library, which is large, only for programs with a line that may be YAML. */
export async function loadYaml(lines: readonly string[]): Promise<void> {
  if (reader === undefined && lines.some((line) => mayBeYaml.test(line))) {
    reader = await import("./yaml_library.ts");
  }
}

/** The loaded library. Throws a `TypeError` if `loadYaml` did not load it. */
export function yamlReader(): YamlReader {
  if (reader === undefined) throw new TypeError("YAML was met where no line looks like it");
  return reader;
}

/** Front matter, or a key with or without a value: any metadata has such a line. */
const mayBeYaml = /^\s*---|[\w$-]\s*:(?:\s|$)/;
