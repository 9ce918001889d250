import type { RuntimeEvent } from "./event.ts";
import type { Asked, Firing } from "./fold/entry.ts";
import type { WordsShown } from "./fold/words_shown.ts";

/**
 * Work for the scheduler after an entry is durable.
 *
 * A part of the session records an entry together with commands and calls no other part. Only `Session` knows all parts
 * and carries out the commands.
 */
export type SessionCommand =
  /** Announce a frame that is new on the stack, and run its code if it is a code playbook. */
  | { readonly kind: "begin-frame"; readonly frame: string }
  /** Run the code of a frame's turn. */
  | { readonly kind: "run-turn"; readonly frame: string }
  /** Continue a frame that waited for the playbook of a trigger. */
  | { readonly kind: "unpause"; readonly frame: string }
  /** Give the code of a frame its next result. `isKnown`: it follows from the state, so it may come before the sync. */
  | { readonly kind: "deliver"; readonly frame: string; readonly isKnown?: true }
  /** Ask the model of a frame for a turn. */
  | { readonly kind: "call-model"; readonly frame: string }
  /** Send an outside request; `key` is its idempotency key. */
  | { readonly kind: "send-request"; readonly frame: string; readonly request: Asked; readonly key: string }
  /** Show words to a person, or to the persons in a meeting; `position` is the position of their entry. */
  | { readonly kind: "show"; readonly said: WordsShown; readonly position: number }
  /** Check the inbox, the waits and the threads of an agent again. */
  | { readonly kind: "check-agent"; readonly agent: string }
  | { readonly kind: "emit"; readonly event: RuntimeEvent };

/** Reports a trigger that fired. */
export function triggerFired(agent: string, { playbook, trigger }: Firing): SessionCommand {
  return { kind: "emit", event: { type: "trigger", agent, text: `${playbook}: ${trigger}` } };
}

/** Commands for an agent that an entry creates. */
export function agentCreated(
  agent: { readonly id: string; readonly klass: string },
): readonly SessionCommand[] {
  return [
    { kind: "check-agent", agent: agent.id },
    { kind: "emit", event: { type: "agent", agent: agent.id, klass: agent.klass } },
  ];
}

/**
 * Takes the first `deliver` out of the commands, and returns its frame, if its result follows from the state. The results
 * of a frame have an order, so none is taken out behind one that must wait.
 */
export function takeKnownResult(commands: SessionCommand[]): string | undefined {
  const index = commands.findIndex(({ kind }) => kind === "deliver");
  const command = commands[index];
  if (command?.kind !== "deliver" || !command.isKnown) return undefined;
  commands.splice(index, 1);
  return command.frame;
}
