import { assert } from "@std/assert";
import { reservedNames } from "../../../src/engine/builtins/table.ts";
import { parse } from "acorn";
import type { PromptMessage } from "../../../src/model/model.ts";
import { rehearse } from "../../../extras/rehearsal/mod.ts";
import {
  type AgentClass,
  parseProgram,
  type Playbook,
  playbookMarkdown,
  type Program,
} from "../../../src/language/mod.ts";
import { systemPrompt } from "../../../src/prompt/system_prompt.ts";

const corpus = new URL("../../../../shared/corpus/", import.meta.url);
const programs = [...readPrograms(corpus)];

for (const { path, text } of programs) {
  Deno.test(`rehearsal: every playbook of ${path} is rehearsed to its end, and every answer parses`, async () => {
    const { program } = await parseProgram([{ path, text }], { builtins: reservedNames });
    for (const agent of program.agents) {
      for (const playbook of agent.playbooks.filter((one) => one.mode !== "code" && one.mode !== "raw")) {
        rehearseToEnd(program, agent, playbook);
      }
    }
  });
}

function rehearseToEnd(program: Program, agent: AgentClass, playbook: Playbook): void {
  const system = systemPrompt(program, agent, "1000");
  const head = (turn: number) => `[turn ${turn} of ${playbook.name} · ${agent.name} (agent 1000)]\n`;
  const messages: PromptMessage[] = [{
    role: "user",
    text: `${head(1)}\`\`\`\`md\n${
      playbookMarkdown(playbook, playbook.description).trim()
    }\n\`\`\`\`\n\nState: {}`,
  }];
  // Each turn except the last ends at a wait, and no step is written twice.
  for (let turn = 1; turn <= playbook.steps.length + 1; turn++) {
    const code = rehearse({ answer: "code", system, messages });
    parse(code, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
    if (/^(Return|EndProgram)\(/m.test(code)) return;
    messages.push({ role: "assistant", text: code }, {
      role: "user",
      text: `${head(turn + 1)}State: {}\nGo on.`,
    });
  }
  assert(false, `${agent.name}.${playbook.name} does not end`);
}

/** Empty if the corpus is missing. */
function* readPrograms(folder: URL): Generator<{ path: string; text: string }> {
  try {
    for (const { name, isFile } of [...Deno.readDirSync(folder)]) {
      if (isFile && !name.endsWith(".md")) {
        yield { path: name, text: Deno.readTextFileSync(new URL(name, folder)) };
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
