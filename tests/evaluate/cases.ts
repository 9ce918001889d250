import { parse } from "yaml";
import { readScript, type Script } from "./script.ts";

const folder = new URL("./cases/", import.meta.url);
const examples = new URL("../../examples/", import.meta.url);

/** The styles of the recorded answers; each program has answers in each of them. */
export const styles = ["careful", "chatty", "terse"] as const;

/** A program with its persons, and what must come of it. */
export interface Case {
  readonly name: string;
  /** The kind of program, for the table. */
  readonly kind: string;
  readonly program: string;
  readonly persons: readonly Reply[];
  readonly files: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly expect: Expectation;
  readonly scripts: readonly Script[];
  /** Answers of a model whose rules lack the lesson that they name. */
  readonly untaught: Script | undefined;
}

/** What a person says when asked. */
export interface Reply {
  readonly say: string;
  /** Only if what was said to the person since the last reply matches; a regular expression without case. */
  readonly if?: string;
  /** The person; `user` if absent. */
  readonly person?: string;
  /** Whether it may be said again when nothing else fits. */
  readonly again?: boolean;
}

/** The expected result, by its words. A text between slashes is a regular expression without case. */
export interface Expectation {
  /** Each must be found in what was said to persons. */
  readonly said: readonly string[];
  /** None may be found. `undefined`, `NaN` and the like are never allowed. */
  readonly never?: readonly string[];
  /** The exit code of `playbooks run`; 0 if absent. */
  readonly exit?: number;
  /** The most model calls. */
  readonly calls?: number;
}

/** All programs of the evaluation, sorted by name. */
export function readCases(): Case[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort().map(readCase);
}

function readCase(name: string): Case {
  const read = (file: string) => Deno.readTextFileSync(new URL(`${name}/${file}`, folder));
  const given = parse(read("case.yaml")) as Omit<Partial<Case>, "persons"> & {
    readonly kind: string;
    readonly expect: Expectation;
    readonly persons?: readonly (string | Reply)[];
  };
  const files = [...Deno.readDirSync(new URL(`${name}/`, folder))].map((entry) => entry.name);
  return {
    name,
    kind: given.kind,
    program: files.includes("program.pb")
      ? read("program.pb")
      : Deno.readTextFileSync(new URL(`${name}.pb`, examples)),
    persons: (given.persons ?? []).map((reply) => typeof reply === "string" ? { say: reply } : reply),
    files: given.files ?? {},
    parameters: given.parameters ?? {},
    expect: given.expect,
    scripts: styles.map((style) => readScript(style, read(`${style}.md`))),
    untaught: files.includes("untaught.md") ? readScript("untaught", read("untaught.md")) : undefined,
  };
}
