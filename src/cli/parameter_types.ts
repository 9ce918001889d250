import type { Parameter } from "../language/mod.ts";

/** The form in which a command line gives a parameter. */
export type ParameterType =
  | { readonly kind: "text" | "number" | "integer" | "boolean" | "map" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "list"; readonly items: ParameterType };

/** Reads the type of a parameter as Python or TypeScript writes it, else from its default. An unknown type is text. */
export function parameterType({ type, default: value, rest }: Parameter): ParameterType {
  const written = type === undefined ? typeOfValue(value) : namedType(type);
  return rest && written.kind !== "list" ? { kind: "list", items: written } : written;
}

function namedType(written: string): ParameterType {
  const type = withoutNothing(written.replace(/\s+/g, " ").trim());
  const choices = choicesOf(type);
  if (choices !== undefined) return { kind: "choice", choices };
  const array = /^(?:readonly )?(.+)\[\]$/.exec(type)?.[1];
  if (array !== undefined) return { kind: "list", items: namedType(array.replace(/^\((.*)\)$/, "$1")) };
  const [, name = "", inner] = /^(?:typing\.)?(\w+) ?(?:[[<](.*)[\]>])?$/.exec(type) ?? [];
  const word = name.toLowerCase();
  if (word === "optional" && inner !== undefined) return namedType(inner);
  if (listWords.has(word)) {
    return { kind: "list", items: namedType(inner?.split(",")[0] ?? "text") };
  }
  if (mapWords.has(word) || type.startsWith("{")) return { kind: "map" };
  if (word === "boolean" || word === "bool") return { kind: "boolean" };
  if (word === "integer" || word === "int") return { kind: "integer" };
  return { kind: word === "number" || word === "float" || word === "decimal" ? "number" : "text" };
}

const listWords: ReadonlySet<string> = new Set(
  "list array readonlyarray tuple set sequence iterable".split(" "),
);
const mapWords: ReadonlySet<string> = new Set("dict map mapping record object".split(" "));

/** Removes `| null` and the like: a flag that is not given is absent. */
function withoutNothing(type: string): string {
  return type.replace(/(?: ?\| ?(?:None|null|undefined))+$/, "").replace(
    /^(?:None|null|undefined) ?\| ?/,
    "",
  );
}

/** The texts of `"a" | "b"` or `Literal["a", "b"]`. */
function choicesOf(type: string): readonly string[] | undefined {
  const literal = /^(?:typing\.)?Literal\[(.*)\]$/.exec(type)?.[1];
  const parts = (literal === undefined ? type.split("|") : literal.split(",")).map((part) => part.trim());
  if (!parts.every((part) => /^(["']).*\1$/.test(part))) return undefined;
  return parts.map((part) => part.slice(1, -1));
}

function typeOfValue(value: unknown): ParameterType {
  if (Array.isArray(value)) {
    const [first, ...others] = value.map(typeOfValue);
    const same = first !== undefined && others.every(({ kind }) => kind === first.kind);
    return { kind: "list", items: same ? first : { kind: "text" } };
  }
  if (typeof value === "number") return { kind: "number" };
  if (typeof value === "boolean") return { kind: "boolean" };
  return { kind: typeof value === "object" && value !== null ? "map" : "text" };
}
