import { nameKey } from "./names.ts";
import type { AgentClass, Playbook, Problem } from "./program.ts";

/** Finds duplicate names of agents, duplicate names of an agent's playbooks, and names of builtins. */
export function checkNames(
  agents: readonly AgentClass[],
  builtins: readonly string[],
  problems: Problem[],
): void {
  const builtinBySpelling = spellingsOf(builtins);
  const refuse = (kind: "agent" | "playbook" | "function", entry: AgentClass | Playbook) => {
    const builtin = builtinBySpelling(entry.name);
    if (builtin === undefined) return;
    const what = builtin === entry.name ? "a builtin" : `the builtin ${builtin} in another spelling`;
    const message = `"${entry.name}" is ${what}: give this ${kind} another name`;
    const length = kind === "function" ? 1 : Math.max(1, entry.title.length);
    problems.push({ severity: "error", code: "reserved-name", message, location: entry.location, length });
  };
  const complain = (what: string, entry: AgentClass | Playbook, before: AgentClass | Playbook) => {
    const { line, file } = before.location;
    const { location, title } = entry;
    const isItself = location.file === file && location.line === line;
    const same = before.name === entry.name ? `"${entry.name}"` : `"${entry.name}" and "${before.name}"`;
    const message = isItself
      ? `"${entry.name}" is in the program twice, because ${file} is`
      : `Two ${what} are called ${same}: the other one is in line ${line} of ${file}`;
    const hint =
      `Import ${file} once, or at the end of a file: text below an import belongs to its last agent`;
    const code = what === "agents" ? "duplicate-agent" : "duplicate-playbook";
    const place = { location, length: title.length };
    problems.push({ severity: "error", code, message, ...(isItself ? { hint } : {}), ...place });
  };
  const classes = new Map<string, AgentClass>();
  for (const agent of agents) {
    refuse("agent", agent);
    const before = classes.get(nameKey(agent.name));
    if (before === undefined) classes.set(nameKey(agent.name), agent);
    else complain("agents", agent, before);
    const playbooks = new Map<string, Playbook>();
    for (const playbook of agent.playbooks) {
      const before = playbooks.get(nameKey(playbook.name));
      if (before === undefined) playbooks.set(nameKey(playbook.name), playbook);
      else complain(`playbooks of "${agent.name}"`, playbook, before);
      refuse(playbook.mode === "code" ? "function" : "playbook", playbook);
    }
  }
}

/**
 * Finds the builtin with a name. It ignores case for builtins with names like playbooks, since a model confuses `SAY`
 * and `Say`. It respects case for `fetch` or `state`, since code can also use the names `Fetch` and `State`.
 */
function spellingsOf(builtins: readonly string[]): (name: string) => string | undefined {
  const exact = new Set(builtins);
  const byKey = new Map<string, string>();
  for (const name of builtins) {
    if (/^[A-Z]/.test(name) && !byKey.has(nameKey(name))) byKey.set(nameKey(name), name);
  }
  return (name) => exact.has(name) ? name : byKey.get(nameKey(name));
}
