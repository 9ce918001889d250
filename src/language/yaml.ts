import type { LineCounter, parseDocument } from "yaml";

/** The used part of the YAML library. */
interface YamlReader {
  readonly parseDocument: typeof parseDocument;
  readonly LineCounter: typeof LineCounter;
}

let reader: YamlReader | undefined;

/** Loads the YAML library if a line may be YAML. The library is large, so other programs do not load it. */
export async function loadYaml(lines: readonly string[]): Promise<void> {
  if (reader === undefined && lines.some((line) => mayBeYaml.test(line))) {
    reader = await import("./yaml_package.ts");
  }
}

/** Returns the loaded library. Throws a `TypeError` if `loadYaml` did not load it. */
export function yamlReader(): YamlReader {
  if (reader === undefined) throw new TypeError("YAML was met where no line looks like it");
  return reader;
}

/** Front matter, or a key with or without a value. All metadata has such a line. */
const mayBeYaml = /^\s*---|[\w$-]\s*:(?:\s|$)/;
