import { createHash } from "node:crypto";
import type { Playbook } from "./program.ts";
import { signature } from "./signature.ts";
import { flattenSteps } from "./steps.ts";

/** SHA-256 of the meaning of a playbook, without its location and layout. */
export function playbookDigest(playbook: Playbook): string {
  return sha256([signature(playbook), bodyDigest(playbook)]);
}

/** Like {@linkcode playbookDigest}, but without name and parameters. A renamed playbook keeps this digest. */
export function bodyDigest(playbook: Playbook): string {
  const { mode, description, notes, metadata, source } = playbook;
  const triggers = playbook.triggers.map(({ kind, text }) => [kind, text]);
  const steps = flattenSteps(playbook.steps).map(({ number, code, text }) => [number, code ?? "", text]);
  const flags = [playbook.public, playbook.hidden, playbook.meeting];
  return sha256([mode, flags, description, triggers, steps, notes, metadata, mode === "code" ? source : ""]);
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
