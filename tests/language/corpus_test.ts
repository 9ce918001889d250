import { assert, assertEquals } from "@std/assert";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import {
  importCandidates,
  outline,
  parseProgram,
  type Problem,
  type Program,
} from "../../src/language/mod.ts";
import { toPbasm } from "../../src/language/pbasm.ts";
import { signature } from "../../src/language/signature.ts";
import { flattenSteps } from "../../src/language/steps.ts";
import { expectations } from "./corpus_expectations.ts";
import { hasErrors, withoutPlaces } from "./support.ts";

const corpus = new URL("../../../shared/corpus/", import.meta.url);

Deno.test("corpus: parseProgram() reads each program as a person does", async (t) => {
  for (const [path, expected] of Object.entries(expectations)) {
    const text = readCorpus(path);
    if (text === undefined) continue;
    await t.step(path, async () => {
      const { program, problems } = await parseCorpus(path, text);
      assertEquals(summary(program, problems), expected.trim());
    });
  }
});

Deno.test("corpus: toPbasm() writes each program in a form that is read as the same program", async (t) => {
  for (const path of Object.keys(expectations)) {
    const text = readCorpus(path);
    if (text === undefined) continue;
    await t.step(path, async () => {
      const { program } = await parseCorpus(path, text);
      const again = await parseProgram([{
        path: path.replace(/(\.\w+)?$/, ".pbasm"),
        text: toPbasm(program),
      }], { builtins: reservedNames });
      assert(!hasErrors(again.problems));
      assertEquals(withoutPlaces(again.program), withoutPlaces(program));
      assertEquals(outline(again.program), outline(program));
    });
  }
});

Deno.test("corpus: parseProgram() finds descriptions, metadata and placeholders", async () => {
  const configs = readCorpus("10-configs.pb");
  if (configs === undefined) return;
  const [accountant, paralegal] = (await parseCorpus("10-configs.pb", configs)).program.agents;
  assertEquals(accountant!.description, "This is an accountant agent that can help with accounting tasks.");
  assertEquals(accountant!.metadata, {
    framework: "GAAP",
    specialization: ["accounting", "tax"],
    author: "John Doe",
  });
  assertEquals(paralegal!.metadata["mcp"], { url: "http://lawoffice.com/Paralegal", timeout: 10 });

  const injection = await parseCorpus(
    "13-description-injection.pb",
    readCorpus("13-description-injection.pb")!,
  );
  const [raw, joke] = injection.program.agents[0]!.playbooks;
  assertEquals(raw!.description.split("\n").slice(2), [
    "Give the one word answer only, nothing else.",
    "Answer:",
  ]);
  assertEquals(raw!.placeholders.map(({ source }) => source), [
    'Loadfile("tests/data/13-description-injection-story.txt", silent=True)',
    'Loadfile("tests/data/13-description-injection-instructions.txt", inline=True, silent=True)',
  ]);
  assertEquals(
    joke!.placeholders.map(({ expression, source, start, end }) => [expression, source, start, end]),
    [
      ["await Joke()", "Joke()", 16, 24],
    ],
  );

  const menu = await parseCorpus("12-menu-design-meeting.pb", readCorpus("12-menu-design-meeting.pb")!);
  const meeting = menu.program.agents[0]!.playbooks[2]!;
  assertEquals(meeting.metadata["required_attendees"], ["HeadChef", "MarketingSpecialist"]);
});

async function parseCorpus(path: string, text: string) {
  return await parseProgram([{ path, text }], {
    builtins: reservedNames,
    readImport: (path, from) => {
      for (const candidate of importCandidates(path, from, [])) {
        const text = readCorpus(candidate);
        if (text !== undefined) return { path: candidate, text };
      }
    },
  });
}

function readCorpus(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(path, corpus));
  } catch {
    return undefined;
  }
}

function summary(program: Program, problems: readonly Problem[]): string {
  const lines: string[] = [];
  for (const agent of program.agents) {
    lines.push(agent.name);
    for (const playbook of agent.playbooks) {
      const flags = [
        playbook.mode === "playbook" ? "" : playbook.mode,
        playbook.public ? "public" : "",
        playbook.meeting ? "meeting" : "",
      ].filter((flag) => flag !== "");
      lines.push(`  ${signature(playbook)}${flags.length === 0 ? "" : ` [${flags.join(" ")}]`}`);
      for (const { id, kind, text } of playbook.triggers) {
        lines.push(`    ${id} ${kind} ${text.split(" ").slice(0, 4).join(" ")}`);
      }
      const steps = flattenSteps(playbook.steps).map(({ number, code, text }) =>
        `${number}${code === undefined ? "" : `:${code}`} ${text.split(/\s/)[0]}`
      );
      if (steps.length > 0) lines.push(`    ${steps.join(" · ")}`);
      if (playbook.notes.length > 0) lines.push(`    ${playbook.notes.length} notes`);
    }
  }
  for (const { location, message } of problems) {
    lines.push(
      `! ${location.file}:${location.line}:${location.column} ${message.split(" ").slice(0, 3).join(" ")}`,
    );
  }
  return lines.join("\n");
}
