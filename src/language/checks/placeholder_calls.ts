import { hasTools, playbookNamed } from "../lookup.ts";
import type { CheckContext } from "./context.ts";

/** Finds placeholders that call a private playbook of another agent: their playbook then fails. */
export function checkPlaceholderCalls(context: CheckContext): void {
  const classes = new Map(context.agents.map((agent) => [agent.name, agent]));
  for (const agent of context.agents) {
    for (const { placeholders } of agent.playbooks) {
      for (const { source, location } of placeholders) {
        for (const [, name, member] of source.replace(/"[^"]*"|'[^']*'/g, "").matchAll(memberCall)) {
          const klass = classes.get(name!);
          if (klass === undefined || klass === agent || hasTools(klass)) continue;
          const playbook = playbookNamed(klass, member!);
          if (playbook === undefined || playbook.public) continue;
          const { line, file } = playbook.location;
          context.problems.push({
            severity: "warning",
            code: "private-playbook",
            message: `"${playbook.name}" of ${klass.name} is not public, so ${agent.name} cannot call it`,
            hint: `Add "public: true" below its heading in line ${line} of ${file}`,
            definition: playbook.location,
            location,
            length: source.length,
          });
        }
      }
    }
  }
}

const memberCall = /(?<![\p{L}\p{N}_.$])(\p{L}[\p{L}\p{M}\p{N}_]*)\.(\p{L}[\p{L}\p{M}\p{N}_]*)\(/gu;
