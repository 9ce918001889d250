import type { AgentClass, Playbook, Program } from "../language/mod.ts";
import { parametersOfSchema, type Tool, type ToolList, typeOfSchema } from "../tools/mod.ts";
import type { State } from "./fold/state.ts";

/** The tool server of a class: its own, or the one that several classes name. */
export function serverOf({ remote, name }: AgentClass): string | undefined {
  return remote?.kind === "named" ? remote.name : remote && name;
}

/** Whether a class is only a tool server: it has tools, and no playbook that could read a message. */
export function isToolServer({ remote, playbooks }: AgentClass): boolean {
  return remote !== undefined && playbooks.every(({ mode }) => mode === "tool");
}

/** The tool of a server, as the session knows it. */
export function toolNamed(state: State, server: string, name: string): Tool | undefined {
  return state.tools?.[server]?.tools.find((tool) => tool.name === name);
}

/** A program whose classes have the tools of their servers as public playbooks. */
export function withTools(program: Program, tools: State["tools"]): Program {
  if (!tools || !program.agents.some(({ remote }) => remote)) return program;
  const known = made.get(program);
  if (known?.tools === tools) return known.program;
  const agents = program.agents.map((agentClass) => {
    const server = serverOf(agentClass);
    const list = server === undefined ? undefined : tools[server];
    return list ? classWithTools(agentClass, server!, list) : agentClass;
  });
  const whole = { ...program, agents };
  made.set(program, { tools, program: whole });
  return whole;
}

/** The last result for a program. The lists of a session rarely change. */
const made = new WeakMap<Program, { readonly tools: State["tools"]; readonly program: Program }>();

function classWithTools(agentClass: AgentClass, server: string, list: ToolList): AgentClass {
  const own = new Set(agentClass.playbooks.map(({ name }) => plainName(name)));
  const taken = new Set(own);
  const playbooks = list.tools.flatMap((tool) => {
    const playbook = toolPlaybook(agentClass, server, tool);
    // A program's own playbook may stand for a tool.
    if (own.has(plainName(playbook.name))) return [];
    const name = freeName(playbook.name, taken);
    taken.add(plainName(name));
    return [{ ...playbook, name }];
  });
  return {
    ...agentClass,
    playbooks: [...agentClass.playbooks, ...playbooks],
    ...(list.instructions === undefined ? {} : { instructions: list.instructions }),
  };
}

function toolPlaybook(agentClass: AgentClass, server: string, tool: Tool): Playbook {
  return {
    name: functionName(tool.name),
    title: tool.name,
    mode: "tool",
    tool: { server, name: tool.name },
    parameters: parametersOfSchema(tool.input).map((parameter) => ({ ...parameter, state: false })),
    ...(tool.output === undefined ? {} : { returns: typeOfSchema(tool.output) }),
    description: tool.description ?? "",
    placeholders: [],
    triggers: [],
    steps: [],
    notes: [],
    metadata: {},
    public: true,
    hidden: false,
    meeting: false,
    source: "",
    location: agentClass.location,
  };
}

/** The name of a tool in code: as it is, or `getSum` for `get-sum`. */
function functionName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  const [first = "tool", ...rest] = name.split(/[^A-Za-z0-9_]+/).filter((word) => word !== "");
  const joined = first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z_]/.test(joined) ? joined : `tool${joined}`;
}

/** The name, or the name with a number if another tool of the server has it: `getSum` for `get-sum`, `getSum2` for `getSum`. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(plainName(free)); count++) free = `${name}${count}`;
  return free;
}

/** The spellings under which code may call a tool: `read_file`, `readFile`. Names with a capital work anyway. */
export function spellingsOfTool({ name, title }: Playbook): readonly string[] {
  const words = title.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[^A-Za-z0-9]+/).filter((word) =>
    word !== ""
  );
  const camel = words.map((word, index) => {
    const rest = word.slice(1);
    return (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + rest;
  }).join("");
  const snake = words.map((word) => word.toLowerCase()).join("_");
  return [...new Set([name, camel, snake])].filter((each) => /^[A-Za-z_]\w*$/.test(each));
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
