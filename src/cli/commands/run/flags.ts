import { allowFlags, readAllowFlags } from "../../allow_flags.ts";
import { type FlagUsage, optional, type SplitArguments } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, trustFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";
import type { ResumeFlag, RunOptions } from "./options.ts";

/** Flags that `run` and `resume` share. */
export const sharedRunFlags: readonly FlagUsage[] = [
  { name: "fork", doc: "resume a copy of the session, and leave the session unchanged" },
  { name: "plan", doc: "only print what is done, in flight and next; changes nothing" },
  { name: "model", value: "SPEC", doc: "the model to ask, as provider:name, or rehearsal for none" },
  {
    name: "record",
    value: "FILE",
    doc: "write the model's answers there; --model replay:FILE gives them again",
  },
  {
    name: "message",
    value: "TEXT",
    doc: "the first words of the user, or $startup_message; on resume, the answer waited for",
  },
  { name: "message-file", value: "FILE", doc: "read the message from a file; - means standard input" },
  {
    name: "on-uncertain",
    value: "POLICY",
    choices: ["ask", "retry", "fail", "skip"],
    doc: "an outside effect that may have happened or not",
  },
  ...allowFlags,
  { name: "detach", doc: "queue the session for playbooks worker, print its id, and end" },
  { name: "pin", doc: "after an edit of a code playbook in flight: finish it as it was" },
  {
    name: "redo",
    doc: "after an edit of code in flight: run the new code from the call that differs",
  },
  { name: "snoop", doc: "show what agents say to each other" },
  { name: "no-stream", doc: "show whole messages, not their text as it arrives" },
  { name: "plain", doc: "show the agents' words as they are, without rendering their Markdown" },
  { name: "verbose", short: "v", doc: "show calls, turns, steps and triggers" },
  { name: "quiet", short: "q", doc: "leave out progress: show the agents' words, warnings and errors" },
  { name: "json", doc: "print one JSON object a line for each event, at the end one of type end" },
  { name: "non-interactive", doc: "ask no person: stop with exit code 75 if an answer is needed" },
  trustFlag,
  configFlag,
];

/** All flags of `run`. */
export const runFlags: readonly FlagUsage[] = [
  {
    name: "resume",
    value: "ID",
    valueOptional: true,
    doc: "resume these files' last session, or ID: an id, its start or end, or a name",
  },
  { name: "name", value: "NAME", doc: "name the session, to find it by" },
  {
    name: "call",
    value: "'P(args)'",
    doc: "begin with this call instead of the program's own beginning",
  },
  ...sharedRunFlags,
];

/** Reads the flags that `run` and `resume` share. */
export function readRunOptions(flags: SplitArguments["flags"]): RunOptions {
  if (flags.has("pin") && flags.has("redo")) throw usageError("--pin and --redo exclude each other");
  if (flags.has("verbose") && flags.has("quiet")) {
    throw usageError("--verbose and --quiet exclude each other");
  }
  if (flags.has("message") && flags.has("message-file")) {
    throw usageError("--message and --message-file exclude each other");
  }
  if (flags.has("detach")) refuseDetached(flags);
  return {
    detach: flags.has("detach"),
    fork: flags.has("fork"),
    plan: flags.has("plan"),
    ...optional("model", flags.get("model")),
    ...optional("record", flags.get("record")),
    ...optional("message", flags.get("message")),
    ...optional("messageFile", flags.get("message-file")),
    ...optional(
      "onUncertain",
      flags.get("on-uncertain") as NonNullable<RunOptions["onUncertain"]> | undefined,
    ),
    allow: readAllowFlags(flags),
    ...optional(
      "edited",
      flags.has("pin") ? "pin" as const : flags.has("redo") ? "redo" as const : undefined,
    ),
    snoop: flags.has("snoop"),
    stream: !flags.has("no-stream"),
    plain: flags.has("plain"),
    verbose: flags.has("verbose"),
    quiet: flags.has("quiet"),
    json: flags.has("json"),
    nonInteractive: flags.has("non-interactive"),
    trust: flags.has("trust"),
    ...optional("config", flags.get("config")),
  };
}

/** A worker runs a queued session under its own configuration, so flags for this process alone would be lost. */
function refuseDetached(flags: SplitArguments["flags"]): void {
  const lost = [...allowFlags.map(({ name }) => name), ...notDetached].find((name) => flags.has(name));
  if (lost === undefined) return;
  throw usageError(
    `--detach and --${lost} exclude each other: a worker runs the session under its own configuration`,
  );
}

const notDetached = ["fork", "plan", "record", "on-uncertain", "pin", "redo"];

/** The session that a reference names. */
export function namedSession(reference: string): ResumeFlag {
  return { kind: "session", reference: checkedReference(reference) };
}
