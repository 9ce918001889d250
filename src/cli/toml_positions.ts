import { type AST, parseTOML } from "toml-eslint-parser";

/** The position of a key in a TOML file. Line and column count from 1. */
interface KeyPosition {
  readonly line: number;
  readonly column: number;
}

/** Finds the positions of keys by their full names. Parses the text on the first request. */
export class KeyPositions {
  readonly #text: string;
  #positions: ReadonlyMap<string, KeyPosition> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The position of a key such as `limits.max_turns`, else the position of the innermost table around it. */
  of(name: string): KeyPosition | undefined {
    this.#positions ??= readPositions(this.#text);
    for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
      const position = this.#positions.get(name.slice(0, end));
      if (position !== undefined) return position;
    }
    return undefined;
  }
}

function readPositions(text: string): ReadonlyMap<string, KeyPosition> {
  const positions = new Map<string, KeyPosition>();
  const add = (path: readonly (string | number)[], key: AST.TOMLKey) => {
    const { line, column } = key.loc.start;
    const name = path.join(".");
    if (!positions.has(name)) positions.set(name, { line, column: column + 1 });
  };
  const addPair = ({ key, value }: AST.TOMLKeyValue, table: readonly (string | number)[]) => {
    const path = [...table, ...key.keys.map((part) => part.type === "TOMLBare" ? part.name : part.value)];
    for (let end = table.length + 1; end <= path.length; end++) add(path.slice(0, end), key);
    if (value.type === "TOMLInlineTable") { for (const pair of value.body) addPair(pair, path); }
  };
  for (const node of parseTOML(text).body[0].body) {
    if (node.type === "TOMLKeyValue") addPair(node, []);
    else {
      add(node.resolvedKey, node.key);
      for (const pair of node.body) addPair(pair, node.resolvedKey);
    }
  }
  return positions;
}
