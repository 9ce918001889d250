import type { CodeReference } from "../code_references.ts";
import { hasTools, playbookNamed } from "../lookup.ts";
import { nameKey } from "../names.ts";
import { nearestName } from "../nearest_name.ts";
import type { AgentClass, Problem } from "../program.ts";
import { type CheckContext, publicPlaybooks } from "./context.ts";

/**
 * Finds names in code blocks that nothing defines. Code that reaches such a name fails, so these problems are errors;
 * inside of a `try` with a `catch` they are warnings.
 */
export function checkCodeNames(context: CheckContext): void {
  for (const [index, agent] of context.agents.entries()) {
    const references = context.analysis.references.get(index) ?? [];
    if (references.length === 0) continue;
    const declared = namesInCode(context, agent);
    for (const reference of references) checkReference(reference, { context, agent, declared });
  }
}

interface Code {
  readonly context: CheckContext;
  readonly agent: AgentClass;
  /** Every name that the agent's code can use. */
  readonly declared: ReadonlySet<string>;
}

function namesInCode({ agents, builtins, globals, analysis }: CheckContext, agent: AgentClass): Set<string> {
  return new Set([
    ...builtins,
    ...globals,
    ...analysis.unreadWords,
    ...(agent.module?.helpers ?? []),
    ...(agent.module?.functions.map(({ name }) => name) ?? []),
    ...agent.playbooks.map(({ name }) => name),
    ...agents.map(({ name }) => name),
    // Code inside a meeting has it.
    ...(agent.playbooks.some(({ meeting }) => meeting) ? ["meeting"] : []),
  ]);
}

function checkReference(reference: CodeReference, code: Code): void {
  const { context, agent, declared } = code;
  const { name, member } = reference;
  if (!declared.has(name)) {
    report(reference, code, {
      code: "unknown-name",
      message: `Nothing defines "${name}"`,
      hint: hintFor(name, code),
      isMember: false,
    });
    return;
  }
  if (member === undefined || !reference.called) return;
  if (name === "self") {
    if (!/^\p{Lu}/u.test(member) || context.builtins.has(member) || playbookNamed(agent, member)) return;
    const near = nearestName(member, [...agent.playbooks.map((each) => each.name), ...context.builtins]);
    report(reference, code, {
      code: "unknown-playbook",
      message: `${agent.name} has no playbook "${member}"`,
      hint: near === undefined ? `Add "## ${member}" to ${agent.name}` : `Did you mean ${near}?`,
      isMember: true,
    });
    return;
  }
  const klass = context.agents.find((each) => each.name === name);
  if (klass === undefined || hasTools(klass) || klass.type === "Human") return;
  const playbook = playbookNamed(klass, member);
  if (playbook === undefined && /^\p{Lu}/u.test(member)) {
    const near = nearestName(member, klass.playbooks.filter((each) => each.public).map((each) => each.name));
    report(reference, code, {
      code: "unknown-playbook",
      message: `${klass.name} has no playbook "${member}"`,
      hint: near === undefined ? publicPlaybooks(klass) : `Did you mean ${klass.name}.${near}?`,
      isMember: true,
    });
  } else if (playbook && !playbook.public && klass !== agent) {
    const { line, file } = playbook.location;
    report(reference, code, {
      code: "private-playbook",
      message: `"${playbook.name}" of ${klass.name} is not public, so ${agent.name} cannot call it`,
      hint: playbook.mode === "code"
        ? `Add the tag @public to its comment in line ${line} of ${file}`
        : `Add "public: true" below its heading in line ${line} of ${file}`,
      definition: playbook.location,
      isMember: true,
    });
  }
}

function report(
  { name, member, location, memberLocation, guarded }: CodeReference,
  { context }: Code,
  { isMember, ...text }: Pick<Problem, "code" | "message" | "definition"> & {
    readonly hint: string;
    readonly isMember: boolean;
  },
): void {
  context.problems.push({
    severity: guarded ? "warning" : "error",
    ...text,
    location: isMember ? memberLocation! : location,
    length: (isMember ? member! : name).length,
  });
}

function hintFor(name: string, { context, agent, declared }: Code): string {
  const same = [...declared].find((each) => nameKey(each) === nameKey(name));
  if (same !== undefined) return `Write ${same}`;
  const owner = context.agents.find((each) => playbookNamed(each, name));
  if (owner !== undefined) return `Write ${owner.name}.${playbookNamed(owner, name)!.name}`;
  const own = [...agent.playbooks, ...context.agents].map((each) => each.name);
  const near = name.length < 3
    ? undefined
    : nearestName(name, [...own, ...(agent.module?.helpers ?? []), ...context.builtins, ...context.globals]);
  if (near === undefined && /^(?:ask|prompt|input)$/i.test(name)) {
    return 'To ask a person: await Say("user", "…"), then await Yield("user") gives the answer';
  }
  return near === undefined
    ? "Declare it in a code block of this agent, or use a builtin: see docs/builtins.md"
    : `Did you mean ${near}?`;
}
