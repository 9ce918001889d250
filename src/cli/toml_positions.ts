import { type AST, getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { messageOf } from "../errors.ts";
import { configError } from "./setting_values.ts";

/** The position of a key in a TOML file. Line and column count from 1. */
interface KeyPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the positions of keys by their full names. Parses the text on the first request. Its parser is stricter
 * than `@std/toml`, so this may throw a usage error, for example for a duplicate key.
 */
export class KeyPositions {
  readonly #text: string;
  readonly #path: string;
  #program: AST.TOMLProgram | undefined;
  #positions: ReadonlyMap<string, KeyPosition> | undefined;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** The position of a key such as `limits.max_turns`, else the position of the innermost table around it. */
  of(name: string): KeyPosition | undefined {
    this.#positions ??= readPositions(this.#parsed());
    for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
      const position = this.#positions.get(name.slice(0, end));
      if (position !== undefined) return position;
    }
    return undefined;
  }

  /** The content of the file. */
  values(): Record<string, unknown> {
    return getStaticTOMLValue(this.#parsed());
  }

  #parsed(): AST.TOMLProgram {
    return this.#program ??= parsed(this.#text, this.#path);
  }
}

function parsed(text: string, path: string): AST.TOMLProgram {
  try {
    return parseTOML(text);
  } catch (error) {
    const { lineNumber, column } = error as { readonly lineNumber?: number; readonly column?: number };
    const place = lineNumber === undefined
      ? path
      : `${path}, line ${lineNumber}, column ${(column ?? 0) + 1}`;
    const reason = messageOf(error);
    throw configError(place, `it is not TOML: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
  }
}

function readPositions(program: AST.TOMLProgram): ReadonlyMap<string, KeyPosition> {
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
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") addPair(node, []);
    else {
      add(node.resolvedKey, node.key);
      for (const pair of node.body) addPair(pair, node.resolvedKey);
    }
  }
  return positions;
}
