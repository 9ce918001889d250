import type { ModelRequest, PromptMessage } from "../../../src/model/model.ts";

/** The parts of a handwritten prompt. Only the steps are required. */
export interface PromptParts {
  /** Lines as in a program: `- text`, with two spaces per level. Empty for a react playbook. */
  readonly steps: string;
  readonly playbook?: string;
  readonly description?: string;
  /** `GetFact(country, style?)`, one for each playbook of the agent. */
  readonly playbooks?: readonly string[];
  /** Class to its public playbooks. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
  readonly triggers?: readonly string[];
  readonly args?: Readonly<Record<string, unknown>>;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly locals?: Readonly<Record<string, unknown>>;
  /** Earlier answers of this frame, each with the next message without its turn line. */
  readonly turns?: readonly (readonly [answer: string, next: string])[];
}

/** A request in the runtime's form. */
export function promptOf(parts: PromptParts): ModelRequest {
  const playbook = parts.playbook ?? "Main";
  const first = [
    `[turn 1 of ${playbook} · Seller (agent 1000)]`,
    "Run this playbook, from its first step.",
    "",
    "````md",
    `## ${playbook}()`,
    parts.description ?? "What it is for.",
    ...(parts.steps === "" ? [] : ["", "### Steps", ...numbered(parts.steps)]),
    "````",
    "",
    ...(parts.args ? [`Arguments: ${JSON.stringify(parts.args)}`] : []),
    ...(parts.state ? [`State: ${JSON.stringify(parts.state)}`] : []),
    ...(parts.locals ? [`Locals: ${JSON.stringify(parts.locals)}`] : []),
  ].join("\n");
  const messages: PromptMessage[] = [{ role: "user", text: first }];
  (parts.turns ?? []).forEach(([answer, next], index) => {
    messages.push({ role: "assistant", text: answer });
    messages.push({
      role: "user",
      text: `[turn ${index + 2} of ${playbook} · Seller (agent 1000)]\n${next}`,
    });
  });
  return { answer: "code", system: systemOf(parts), messages };
}

/** The system prompt of the parts. */
export function systemOf(parts: Pick<PromptParts, "playbooks" | "others" | "triggers">): string {
  const declare = (signature: string) =>
    signature.replace(
      /(\w+)(\?)?(?=\s*[,)])/g,
      (all, name, optional) => name ? `${name}${optional ?? ""}: unknown` : all,
    )
      .replace("(: unknown", "(");
  const sections = [
    "Rules of the language.",
    "# Agent\nYou are Seller (agent 1000).\nSells pens.",
    parts.playbooks?.length
      ? `# Playbooks\n\`\`\`ts\n${
        parts.playbooks.map((one) => `declare function ${declare(one)}: Promise<unknown>;`).join("\n")
      }\n\`\`\``
      : "",
    "# Builtins\n```ts\ndeclare function Say(target: Target, text: string): Promise<void>;\n```",
    parts.others && Object.keys(parts.others).length > 0
      ? `# Other agents\n\`\`\`ts\n${
        Object.entries(parts.others).map(([klass, playbooks]) =>
          [
            `declare const ${klass}: {`,
            "  getOrCreate(): Promise<Agent>;",
            ...playbooks.map((one) => `  ${declare(one)}: Promise<unknown>;`),
            "};",
          ].join("\n")
        ).join("\n")
      }\n\`\`\``
      : "",
    "# People\n- user",
    parts.triggers?.length ? `# Triggers\n${parts.triggers.map((line) => `- ${line}`).join("\n")}` : "",
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

function numbered(steps: string): string[] {
  const counts: number[] = [];
  return steps.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const match = /^(\s*)- (.*)$/.exec(line)!;
    const depth = match[1]!.length / 2;
    counts.length = depth + 1;
    counts[depth] = (counts[depth] ?? 0) + 1;
    const number = Array.from(counts, (count) => String(count ?? 1).padStart(2, "0")).join(".");
    return `${match[1]}- ${number} ${match[2]}`;
  });
}
