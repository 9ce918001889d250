import { assert } from "@std/assert";
import { parse } from "acorn";
import { rehearse } from "../../../extras/rehearsal/mod.ts";
import { reservedNames } from "../../../src/engine/builtins/table.ts";
import { type AgentClass, parseProgram, type Playbook, type Program } from "../../../src/language/mod.ts";
import type { PromptMessage } from "../../../src/model/model.ts";
import { turnOf } from "./turns.ts";

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
  const messages: PromptMessage[] = [];
  let step: string | undefined;
  // Each turn except the last ends at a wait, and no step is written twice.
  for (let turn = 1; turn <= playbook.steps.length + 1; turn++) {
    const facts = turnOf(program, agent, playbook, { turn, ...(step === undefined ? {} : { step }) });
    const code = rehearse({ answer: "code", system: "", messages }, facts);
    parse(code, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
    if (/^(Return|EndProgram)\(/m.test(code)) return;
    step = [...code.matchAll(/\bStep\("([\d.]+)"\)/g)].at(-1)?.[1];
    messages.push({ role: "assistant", text: code });
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
