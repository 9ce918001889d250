import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/mod.ts";
import type { Parameter } from "../../../language/mod.ts";
import { cleanLine, cleanText } from "../../../text/mod.ts";
import { type ParameterType, parameterType } from "../../parameter_types.ts";
import { flagOf, type ProgramEntry, programEntry } from "../../parameters.ts";
import { type ProgramSource, readConfigured, requireSound, takesStartupMessage } from "../../read_program.ts";
import type { World } from "../../world.ts";
import { runFlags } from "./flags.ts";

/** `playbooks run FILES --help`: prints what a program does, and the flags that it takes. Runs nothing. */
export async function programHelp(
  { files, config }: { readonly files: readonly string[]; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const source = requireSound(
    await readConfigured(files, config === undefined ? {} : { config }, world),
    world,
    "call",
  );
  writeAll(world.stdout, cleanText(programHelpText(source)));
  return exitCodes.ok;
}

function programHelpText(source: ProgramSource): string {
  const { program, paths, texts } = source;
  const entry = programEntry(program);
  const parameters = entry.parameters.filter(({ name }) => name !== "startup_message");
  const required = parameters.filter(({ optional }) => !optional).map((each) => ` ${flagOf(each)}`);
  const isOptional = required.length < parameters.length;
  const agent = program.agents.find(({ playbooks }) => playbooks.some((each) => each === entry.playbook)) ??
    program.agents[0];
  const about = program.description || firstParagraph(agent?.description ?? "");
  const documented = parameterTexts(entry);
  const rows = parameters.map((parameter) => [
    flagOf(parameter),
    [documented.get(parameter.name), meaning(parameter)].filter((text) => text !== undefined).join("; "),
  ]);
  const width = Math.max(0, ...rows.map(([flag]) => flag!.length));
  const table = rows.map(([flag, text]) => `  ${flag!.padEnd(width)}  ${cleanLine(text!)}`);
  const clashes = parameters.filter(({ name }) => runFlags.some((flag) => flag.name === name));
  return [
    about === "" ? program.title : `${program.title}: ${about}`,
    "",
    "Usage",
    `  playbooks run ${paths.join(" ")}${required.join("")}${isOptional ? " [FLAGS]" : ""}`,
    ...paragraph(descriptionOf(entry)),
    "",
    ...(rows.length === 0 ? ["The program has no parameters."] : [`Parameters of ${entry.name}`, ...table]),
    ...(takesStartupMessage(texts.values())
      ? ["", "The program takes standard input and --message TEXT as $startup_message."]
      : []),
    ...clashes.map(({ name }) => `\n--${name} of playbooks run stands before the files.`),
    "",
    "Flags of playbooks run, such as --resume and --quiet, may follow too; playbooks run --help lists them.",
    "",
  ].join("\n");
}

/** The description of a code playbook without its tags. */
function descriptionOf({ playbook }: ProgramEntry): string {
  return (playbook?.description ?? "").replace(/^@[^]*/m, "").trim();
}

function paragraph(text: string): readonly string[] {
  return text === "" ? [] : ["", text];
}

function firstParagraph(text: string): string {
  return cleanLine(text.trim().split(/\n\s*\n/, 1)[0]!);
}

/** The `@param name text` lines of a code playbook. */
export function parameterTexts({ playbook }: Pick<ProgramEntry, "playbook">): ReadonlyMap<string, string> {
  const lines = (playbook?.description ?? "").matchAll(
    /^@param\s+(?:\{[^}]*\}\s*)?\[?(\w+)\]?\s*[-–:]?\s*(\S.*)$/gm,
  );
  return new Map(Array.from(lines, ([, name, text]) => [name!, text!]));
}

function meaning(parameter: Parameter): string {
  const { kind } = parameterType(parameter);
  const type = kind === "boolean"
    ? `true or false; --no-${parameter.name} for false`
    : typeText(parameterType(parameter));
  if (!parameter.optional) return `${type}; required`;
  if (!("default" in parameter)) return type;
  return `${type}; ${JSON.stringify(parameter.default)} if not given`;
}

function typeText(type: ParameterType): string {
  switch (type.kind) {
    case "integer":
      return "a whole number";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "map":
      return "a map in JSON";
    case "choice":
      return `one of ${type.choices.join(", ")}`;
    case "list": {
      const items = type.items.kind === "text" ? "a,b or JSON" : `${itemText(type.items)}, as a,b or JSON`;
      return `a list: ${items}, or once for each`;
    }
    case "text":
      return "a text";
  }
}

function itemText(type: ParameterType): string {
  return type.kind === "integer" ? "whole numbers" : type.kind === "number" ? "numbers" : typeText(type);
}
