import { createHash } from "node:crypto";
import type { AgentClass, Playbook, Program } from "./program.ts";
import { signature } from "./signature.ts";
import { flattenSteps } from "./steps.ts";

/** SHA-256 of the meaning of a playbook, without its location and layout. */
export function playbookDigest(playbook: Playbook): string {
  return sha256([signature(playbook), bodyDigest(playbook)]);
}

/** Like {@linkcode playbookDigest}, without name and parameters: a renamed playbook keeps it. */
export function bodyDigest(playbook: Playbook): string {
  const { mode, description, notes, metadata, source } = playbook;
  const triggers = playbook.triggers.map(({ kind, text }) => [kind, text]);
  const steps = flattenSteps(playbook.steps).map(({ number, code, text }) => [number, code ?? "", text]);
  const flags = [playbook.public, playbook.hidden, playbook.meeting];
  return sha256([mode, flags, description, triggers, steps, notes, metadata, mode === "code" ? source : ""]);
}

/** SHA-256 of the meaning of an agent with its playbooks and code. */
export function agentDigest(agent: AgentClass): string {
  const { name, type, description, metadata, startupMode } = agent;
  return sha256([
    name,
    type,
    description,
    metadata,
    startupMode,
    agent.module?.code ?? "",
    agent.playbooks.map(playbookDigest),
  ]);
}

/** SHA-256 of the meaning of a program. */
export function programDigest(program: Program): string {
  return sha256([program.frontMatter, program.agents.map(agentDigest)]);
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
