import type { Playbook, Step } from "../language/mod.ts";

/** Characters of a step's text. The playbook has the whole text under the step's number. */
const maxStepLength = 200;

/** The line that says what is done and what comes next; `reached` is the number of the last step that was begun. */
export function nextStepLine(playbook: Playbook, reached: string | undefined): string {
  const steps = flat(playbook.steps, []);
  if (steps.length === 0) return "Go on until the aim is reached, then Return.";
  if (reached === undefined) return `No step is done. Next: ${stepText(steps[0]!.step)}`;
  const index = steps.findIndex(({ step }) => step.number === reached);
  if (index < 0) return `Last step reached: ${reached}. Go on.`;
  const { step, above } = steps[index]!;
  const next = steps[index + 1]?.step;
  const loop = [step, ...above].find(({ text }) => isLoop(text));
  const again = loop ? `, unless ${loop === step ? "it" : loop.number} has to be repeated` : "";
  if (!next) return `That was the last step${again}: Return.`;
  return `Done up to ${reached}${again}. Next: ${stepText(next)}`;
}

/** The line about the last step of a turn whose code failed. */
export function lastStepLine(playbook: Playbook, reached: string | undefined): string {
  const found = flat(playbook.steps, []).find(({ step }) => step.number === reached);
  return `Last step reached: ${found ? stepText(found.step) : reached ?? "none"}`;
}

interface PlacedStep {
  readonly step: Step;
  /** The steps around it, the nearest first. */
  readonly above: readonly Step[];
}

/** The steps in the order of the text. */
function flat(steps: readonly Step[], above: readonly Step[]): readonly PlacedStep[] {
  return steps.flatMap((step) => [{ step, above }, ...flat(step.children, [step, ...above])]);
}

/** Whether a step says that it is done more than once. */
function isLoop(text: string): boolean {
  return /\b(?:while|until|for each|for every|for all|as long as|repeat(?:edly)?|keep|continue|loop)\b/i.test(
    text,
  );
}

function stepText({ number, text }: Step): string {
  const line = text.split("\n")[0]!;
  const words = line.length <= maxStepLength
    ? line
    : `${line.slice(0, maxStepLength).replace(/[\ud800-\udbff]$/, "")}…`;
  return `${number} ${words}`.trimEnd();
}
