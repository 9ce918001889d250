import type { OfferedTool } from "../../../frontends/mcp/mod.ts";
import type { AgentClass, Parameter, Playbook, Program } from "../../../language/mod.ts";
import { cutText } from "../../../text/mod.ts";
import { parameterTexts } from "../run/program_help.ts";
import { schemaOfType, type TypeSchema } from "./type_schema.ts";

/** A public playbook as a tool, and the call that it means. */
export interface ProgramTool extends OfferedTool {
  /** As `--call` names it. */
  readonly call: string;
}

/** The public playbooks of a program as tools, in the order of the text. */
export function toolsOfProgram(program: Program): readonly ProgramTool[] {
  const found = program.agents.filter(({ type }) => type === "AI")
    .flatMap((agent) => agent.playbooks.filter(isOffered).map((playbook) => ({ agent, playbook })));
  const byName = Map.groupBy(found, ({ playbook }) => toolName(playbook.name));
  const names = new Set<string>();
  return found.map(({ agent, playbook }) => {
    const isUnique = byName.get(toolName(playbook.name))!.length === 1;
    const name = freeName(isUnique ? playbook.name : `${agent.name}_${playbook.name}`, names);
    return toolOf(name, agent, playbook);
  });
}

/** A meeting has an owner inside of the program. */
function isOffered({ public: isPublic, hidden, meeting }: Playbook): boolean {
  return isPublic && !hidden && !meeting;
}

/** Clients permit only these characters, and this length. */
function toolName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, maxNameLength);
}

const maxNameLength = 64;

function freeName(wanted: string, names: Set<string>): string {
  let name = toolName(wanted);
  for (let count = 2; names.has(name); count++) {
    name = `${toolName(wanted).slice(0, maxNameLength - 4)}_${count}`;
  }
  names.add(name);
  return name;
}

function toolOf(name: string, agent: AgentClass, playbook: Playbook): ProgramTool {
  const description = descriptionOf(agent, playbook);
  const hints = hintsOf(playbook);
  return {
    name,
    call: `${agent.name}.${playbook.name}`,
    title: playbook.title,
    ...(description === "" ? {} : { description }),
    inputSchema: inputSchemaOf(playbook),
    ...outputSchemaOf(playbook),
    annotations: { title: playbook.title, ...hints },
  };
}

function descriptionOf(agent: AgentClass, playbook: Playbook): string {
  const own = playbook.description.replace(/^@\w[^]*/m, "").trim();
  const triggers = playbook.triggers.map(({ text }) => text.trim()).filter((text) => text !== "");
  const parts = [
    own === "" ? `${playbook.title} of ${agent.title}` : own,
    ...(triggers.length === 0 ? [] : [`Use it: ${triggers.join("; ")}`]),
  ];
  return cutText(parts.join("\n\n"), { maxCharacters: maxDescription });
}

const maxDescription = 4000;

/** Hints for a client, from metadata lines or tags of the playbook. Without one, a call may change anything. */
function hintsOf({ metadata, mode, description }: Playbook): OfferedTool["annotations"] {
  return Object.fromEntries(
    Object.entries(hintKeys).flatMap(([key, hint]) => {
      const value = mode === "code" ? tagValue(description, key) : metadata[key];
      return typeof value === "boolean" ? [[hint, value]] : [];
    }),
  );
}

/** `@read_only` of a function means true, and `@read_only false` the opposite. */
function tagValue(description: string, tag: string): boolean | undefined {
  const value = new RegExp(`^@${tag}(?: +(true|false))?\\s*$`, "m").exec(description);
  return value === null ? undefined : value[1] !== "false";
}

const hintKeys = {
  read_only: "readOnlyHint",
  destructive: "destructiveHint",
  idempotent: "idempotentHint",
  open_world: "openWorldHint",
} as const;

function inputSchemaOf(playbook: Playbook): OfferedTool["inputSchema"] {
  const texts = parameterTexts({ playbook });
  const required = playbook.parameters.filter(({ optional }) => !optional).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(
      playbook.parameters.map((parameter) => [
        parameter.name,
        parameterSchema(parameter, texts.get(parameter.name)),
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

/** A text is the content of a result, and has no structure. */
function outputSchemaOf({ returns }: Playbook): Pick<OfferedTool, "outputSchema"> {
  if (returns === undefined) return {};
  const [, inner = returns] = /^Promise\s*<([^]*)>$/.exec(returns.trim()) ?? [];
  const { type, ...schema } = schemaOfType(inner);
  return type === undefined || !structuredTypes.has(type) ? {} : { outputSchema: { type, ...schema } };
}

const structuredTypes: ReadonlySet<string> = new Set(["object", "array", "number", "integer", "boolean"]);

function parameterSchema(parameter: Parameter, description: string | undefined): TypeSchema {
  const { type, rest } = parameter;
  const own = type === undefined ? schemaOfDefault(parameter) : schemaOfType(type);
  const whole = rest && own.type !== "array" ? { type: "array", items: own } : own;
  return {
    ...whole,
    ...(description === undefined ? {} : { description }),
    ...("default" in parameter ? { default: parameter.default } : {}),
  };
}

function schemaOfDefault(parameter: Parameter): TypeSchema {
  const { default: value } = parameter;
  switch (typeof value) {
    case "number":
      return { type: "number" };
    case "boolean":
      return { type: "boolean" };
    case "string":
      return { type: "string" };
    default:
      return Array.isArray(value) ? { type: "array" } : {};
  }
}
