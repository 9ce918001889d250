/** The ways in which a code playbook takes its steps. */
export type Shape =
  /** Each step keeps 200 bytes, and nothing else changes. */
  | "plain"
  /** Before each step, a list of the agent gains an item. */
  | "growing"
  /** Each step says 200 bytes to a person. They must be durable before they are shown. */
  | "said";

/** Bytes that a step keeps. */
export const payloadBytes = 200;

/** All bytes that a step keeps: with a growing list, one item more. */
export function keptBytes(system: string): number {
  return system === "growing" ? 2 * payloadBytes : payloadBytes;
}

/** A code playbook with the given number of durable effects in sequence. No model is asked. */
export function effectsProgram(steps: number, shape: Shape): string {
  // The items differ, because equal items would give content-addressed storage an advantage.
  const change = shape === "growing"
    ? `    state.items.push(String(step).padEnd(${payloadBytes}, "x"));\n`
    : "";
  return `# Bench

\`\`\`js
/** @trigger At the beginning */
export async function Work() {
  const text = "x".repeat(${payloadBytes});
  state.items = [];
  for (let step = 0; step < ${steps}; step++) {
${change}    await ${shape === "said" ? 'Say("user", text)' : 'SaveArtifact("a", "", text)'};
  }
}
\`\`\`
`;
}

/** Agents that are all called at the same time. Each takes the given number of steps. */
export function agentsProgram(agents: number, steps: number): string {
  return `# Bench

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  const workers = [];
  for (let count = 0; count < ${agents}; count++) workers.push(await CreateAgent("Worker"));
  await Promise.all(workers.map((worker) => worker.Work()));
}
\`\`\`

# Worker

\`\`\`js
/** @public */
export async function Work() {
  const text = "x".repeat(${payloadBytes});
  for (let step = 0; step < ${steps}; step++) await SaveArtifact("a", "", text);
}
\`\`\`
`;
}

/** The behaviours of the agents of {@linkcode idleProgram}. */
export type Idleness =
  /** Not called at all. */
  | "unused"
  /** Each waits in code for a message. */
  | "code"
  /** Each waits in a model's turn for a message. */
  | "model";

/** Agents that wait for a message that never comes, and one that waits for a person. */
export function idleProgram(agents: number, idleness: Idleness): string {
  const wait = {
    unused: "",
    code: `
\`\`\`js
/** @trigger When the agent starts running */
export async function Wait() {
  await WaitForMessage("agent 1000");
}
\`\`\`
`,
    model: `
## Wait
### Triggers
- When the agent starts running
### Steps
- Wait for a message of agent 1000
`,
  };
  return `# Bench

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  for (let count = 0; count < ${agents}; count++) await CreateAgent("Worker");
  await Yield("user");
}
\`\`\`

# Worker
Waits.
${wait[idleness]}`;
}

/** The place of a session's turns. */
export type Turning =
  /** All in one playbook. Its transcript grows with each turn. */
  | "transcript"
  /** Each in a playbook that code calls and that returns. Its messages then leave the context. */
  | "calls";

/** A program with endless turns. */
export function turnsProgram(turning: Turning): string {
  if (turning === "transcript") {
    return `# Bench

## Main
### Triggers
- At the beginning
### Steps
- Tell the user one more fact
- Go on with the first step
`;
  }
  return `# Bench

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  for (let count = 0;; count++) await Fact(count);
}
\`\`\`

## Fact($number)
### Steps
- Return a fact about $number
`;
}

/** A turn that says or returns 200 bytes. All texts differ, because a model that repeats itself is stopped. */
export function turnCode(turning: Turning, number: number): string {
  const fact = `Fact ${String(number).padStart(7, "0")}. `.padEnd(payloadBytes, "x");
  return `Step("01");\n${turning === "transcript" ? `await Say("user", "${fact}")` : `Return("${fact}")`};\n`;
}

/** Settings without limits for a long run. With an address, they name a model's server. */
export function settings(
  options: { readonly model?: string } = {},
): string {
  const model = options.model === undefined ? "" : `[model]
provider = "openai-compatible"
name = "instant"
base_url = "${options.model}"

`;
  return `${model}[limits]\nmax_llm_calls = 1000000\nmax_words_per_minute = 1000000000\n`;
}
