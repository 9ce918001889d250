import { diffArrays } from "diff/array";
import { bodyDigest } from "./digest.ts";
import type { AgentClass, Playbook, Program, Step } from "./program.ts";
import { signature } from "./signature.ts";
import { flattenSteps } from "./steps.ts";

/** One difference between two versions of a program. `playbook` is absent for a change of the agent itself. */
interface ProgramChange {
  readonly agent: string;
  readonly playbook?: string;
  readonly what:
    | "agent-added"
    | "agent-removed"
    | "playbook-added"
    | "playbook-removed"
    | "playbook-renamed"
    | "signature"
    | "mode"
    | "description"
    | "metadata"
    | "triggers"
    | "notes"
    | "code"
    | "step-added"
    | "step-removed"
    | "step-changed";
  /** The step's number: in the old text for `step-removed`, in the new one otherwise. */
  readonly step?: string;
  /** The text before the change. This and `after` are absent for long texts. */
  readonly before?: string;
  readonly after?: string;
}

/** Lists the changes from one version of a program to the next, agent by agent, in the order of the new text. */
export function compareProgram(old: Program, next: Program): ProgramChange[] {
  const before = new Map(old.agents.map((agent) => [agent.name, agent]));
  const after = new Set(next.agents.map((agent) => agent.name));
  return [
    ...next.agents.flatMap((agent): ProgramChange[] => {
      const previous = before.get(agent.name);
      return previous === undefined
        ? [{ agent: agent.name, what: "agent-added" }]
        : compareAgent(previous, agent);
    }),
    ...old.agents.filter((agent) => !after.has(agent.name))
      .map((agent): ProgramChange => ({ agent: agent.name, what: "agent-removed" })),
  ];
}

/** Formats changes for people, one a line: `Seller.Main step 02: "Tell …" → "Tell … kindly"`. */
export function formatChanges(changes: readonly ProgramChange[]): string[] {
  return changes.map((change) => {
    const place = change.playbook === undefined ? change.agent : `${change.agent}.${change.playbook}`;
    const pair = change.before === undefined && change.after === undefined
      ? " changed"
      : `: ${quoted(change.before)} → ${quoted(change.after)}`;
    switch (change.what) {
      case "agent-added":
        return `${place}: new agent`;
      case "agent-removed":
        return `${place}: agent removed`;
      case "playbook-added":
        return `${place}: new playbook`;
      case "playbook-removed":
        return `${place}: playbook removed`;
      case "playbook-renamed":
        return `${place}: renamed, was ${change.before}`;
      case "signature":
        return `${place}: ${change.before} → ${change.after}`;
      case "step-added":
        return `${place} step ${change.step}: new, ${quoted(change.after)}`;
      case "step-removed":
        return `${place} step ${change.step}: removed, ${quoted(change.before)}`;
      case "step-changed":
        return `${place} step ${change.step}${pair}`;
      default:
        return `${place} ${change.what}${pair}`;
    }
  });
}

function compareAgent(old: AgentClass, next: AgentClass): ProgramChange[] {
  const changes: ProgramChange[] = [];
  const agent = next.name;
  if (old.description !== next.description) {
    changes.push({ agent, what: "description", ...shortTexts(old.description, next.description) });
  }
  if (!same([old.type, old.metadata], [next.type, next.metadata])) changes.push({ agent, what: "metadata" });
  if (sharedCode(old) !== sharedCode(next)) changes.push({ agent, what: "code" });
  const before = new Map(old.playbooks.map((playbook) => [playbook.name, playbook]));
  const after = new Set(next.playbooks.map((playbook) => playbook.name));
  const gone = old.playbooks.filter((playbook) => !after.has(playbook.name));
  for (const playbook of next.playbooks) {
    const previous = before.get(playbook.name);
    if (previous !== undefined) {
      for (const change of comparePlaybook(agent, previous, playbook)) changes.push(change);
      continue;
    }
    const at = gone.findIndex((candidate) => bodyDigest(candidate) === bodyDigest(playbook));
    const [renamed] = at < 0 ? [] : gone.splice(at, 1);
    changes.push({
      agent,
      playbook: playbook.name,
      ...(renamed === undefined
        ? { what: "playbook-added" }
        : { what: "playbook-renamed", before: renamed.name }),
    });
  }
  for (const playbook of gone) changes.push({ agent, playbook: playbook.name, what: "playbook-removed" });
  return changes;
}

function comparePlaybook(agent: string, old: Playbook, next: Playbook): ProgramChange[] {
  const place = { agent, playbook: next.name };
  const changes: ProgramChange[] = [];
  const [oldSignature, newSignature] = [signature(old), signature(next)];
  if (oldSignature !== newSignature) {
    changes.push({ ...place, what: "signature", before: oldSignature, after: newSignature });
  }
  if (old.mode !== next.mode) changes.push({ ...place, what: "mode", before: old.mode, after: next.mode });
  if (old.description !== next.description) {
    changes.push({ ...place, what: "description", ...shortTexts(old.description, next.description) });
  }
  const flags = (
    playbook: Playbook,
  ) => [playbook.metadata, playbook.public, playbook.hidden, playbook.meeting];
  if (!same(flags(old), flags(next))) changes.push({ ...place, what: "metadata" });
  const triggers = (playbook: Playbook) => playbook.triggers.map((trigger) => trigger.text).join("; ");
  if (triggers(old) !== triggers(next)) {
    changes.push({ ...place, what: "triggers", ...shortTexts(triggers(old), triggers(next)) });
  }
  for (const change of compareSteps(place, flattenSteps(old.steps), flattenSteps(next.steps))) {
    changes.push(change);
  }
  if (!same(old.notes, next.notes)) changes.push({ ...place, what: "notes" });
  if (old.mode === "code" && next.mode === "code" && old.source !== next.source) {
    changes.push({ ...place, what: "code" });
  }
  return changes;
}

/** Pairs equal steps first, so that one new step does not make all steps below it look changed. */
function compareSteps(
  place: { readonly agent: string; readonly playbook: string },
  old: readonly Step[],
  next: readonly Step[],
): ProgramChange[] {
  const changes: ProgramChange[] = [];
  for (const { removed, added } of differences(old, next)) {
    const pairs = Math.min(removed.length, added.length);
    for (let index = 0; index < pairs; index++) {
      const [before, after] = [removed[index]!.text, added[index]!.text];
      changes.push({ ...place, what: "step-changed", step: added[index]!.number, before, after });
    }
    for (const step of added.slice(pairs)) {
      changes.push({ ...place, what: "step-added", step: step.number, after: step.text });
    }
    for (const step of removed.slice(pairs)) {
      changes.push({ ...place, what: "step-removed", step: step.number, before: step.text });
    }
  }
  return changes;
}

/** Lists with more changed steps are compared by position: the time grows with the square of this number. */
const maxChangedSteps = 1_000;

/** The ranges in which two lists of steps differ. */
function differences(old: readonly Step[], next: readonly Step[]): { removed: Step[]; added: Step[] }[] {
  const changes = diffArrays([...old], [...next], { comparator: equal, maxEditLength: maxChangedSteps });
  if (changes === undefined) return [{ removed: [...old], added: [...next] }];
  const stretches: { removed: Step[]; added: Step[] }[] = [{ removed: [], added: [] }];
  for (const { value, removed, added } of changes) {
    if (removed) stretches.at(-1)!.removed.push(...value);
    else if (added) stretches.at(-1)!.added.push(...value);
    else stretches.push({ removed: [], added: [] });
  }
  return stretches;
}

function equal(a: Step, b: Step): boolean {
  return a.text === b.text && a.code === b.code && depth(a) === depth(b);
}

function depth(step: Step): number {
  return step.number.split(".").length;
}

/** The code of an agent outside of its playbooks: helpers and top-level statements. */
function sharedCode(agent: AgentClass): string {
  const { blocks = [], imports = [] } = agent.module ?? {};
  let code = [...blocks, ...imports].map(({ text }) => text).join("\n");
  for (const playbook of agent.playbooks) {
    if (playbook.mode === "code") {
      code = code.replace(playbook.source, () => "");
    }
  }
  return code.replace(/\/\*\*[^]*?\*\//g, "").replace(/\s+/g, " ").trim();
}

/** Both texts if each fits on a line; else nothing. */
function shortTexts(before: string, after: string): { readonly before?: string; readonly after?: string } {
  return before.length <= 120 && after.length <= 120 && !/\n/.test(before + after) ? { before, after } : {};
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function quoted(text: string | undefined): string {
  const words = (text ?? "").replace(/\s+/g, " ");
  return words === "" ? "nothing" : `"${words.length > 100 ? `${words.slice(0, 99)}…` : words}"`;
}
