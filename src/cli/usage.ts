/** A flag of a command: the one description that parsing, help and completions are made of. */
export interface FlagUsage {
  /** Without its dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Name of its value in the help; absent when it takes none. */
  readonly value?: string;
  /** The value may be left out: only an argument that is no file is taken for it, or `--flag=VALUE`. */
  readonly valueOptional?: true;
  /** May be given more than once. */
  readonly repeats?: true;
  /** All values that there are. */
  readonly choices?: readonly string[];
  readonly doc: string;
}

/** A command: the one description that parsing, help and completions are made of. */
export interface CommandUsage {
  /** One word, or two for the commands of a group: `sessions list`. */
  readonly name: string;
  /** What follows the name, as in `FILES…`. */
  readonly operands: string;
  /** What a shell may offer for the operands. */
  readonly completes: "files" | "commands" | "nothing" | readonly string[];
  /** How many operands there may be. */
  readonly count: { readonly least: number; readonly most: number };
  readonly summary: string;
  /** Paragraphs of the command's own help. */
  readonly detail?: string;
  readonly flags: readonly FlagUsage[];
  readonly examples: readonly string[];
}

const json: FlagUsage = { name: "json", doc: "print JSON, for scripts" };
const config: FlagUsage = {
  name: "config",
  value: "FILE",
  doc: "use this playbooks.toml, not the nearest one upward",
};

const trust: FlagUsage = {
  name: "trust",
  doc: "trust what the folder's settings ask for, for this once; see playbooks trust --help",
};

/** What `run` and `resume` have in common. */
const runFlags: readonly FlagUsage[] = [
  { name: "fork", doc: "go on in a copy of the session, and leave the session as it is" },
  { name: "plan", doc: "only say what is done, in flight and to come; changes nothing" },
  { name: "model", value: "SPEC", doc: "the model to ask, as provider:name, or rehearsal for none" },
  {
    name: "record",
    value: "FILE",
    doc: "write the model's answers there; --model replay:FILE gives them again",
  },
  { name: "message", value: "TEXT", doc: "the first words of the user; on resume, the answer waited for" },
  {
    name: "on-uncertain",
    value: "POLICY",
    choices: ["ask", "retry", "fail", "skip"],
    doc: "an outside effect that may have happened or not",
  },
  { name: "pin", doc: "after an edit of a code playbook in flight: finish it as it was" },
  { name: "redo", doc: "after an edit of a code playbook in flight: begin its call again" },
  { name: "snoop", doc: "show what agents say to each other" },
  { name: "no-stream", doc: "show whole messages, not their text as it arrives" },
  { name: "verbose", short: "v", doc: "show calls, turns, steps and triggers" },
  { name: "quiet", short: "q", doc: "leave out progress: show the agents' words, warnings and errors" },
  { name: "json", doc: "print one JSON object a line for each event, at the end one of type end" },
  { name: "non-interactive", doc: "ask nobody: stop with exit code 75 where a person is needed" },
  trust,
  config,
];

/** All commands, in the order of the help. */
export const commandUsages: readonly CommandUsage[] = [
  {
    name: "run",
    operands: "FILES…",
    completes: "files",
    count: { least: 1, most: Infinity },
    summary: "run a program, or go on where it stopped",
    detail:
      `Every run is a session, kept in the storage folder after each step. Whatever stops it, --resume goes on
at the very place. A file as first argument means run.

--<parameter> VALUE gives a parameter of the program's first playbook: --city Lyon for $city.

Without a terminal, each line of standard input is one answer to whoever waits for the user; at its end the
session stops with exit code 75, and can be resumed with the answer.`,
    flags: [
      {
        name: "resume",
        value: "ID",
        valueOptional: true,
        doc: "go on with these files' last session, or with ID: an id, its start or end, or a name",
      },
      { name: "name", value: "NAME", doc: "name the session, to find it by" },
      {
        name: "call",
        value: "'P(args)'",
        doc: "begin with this call, and not with the program's own beginning",
      },
      ...runFlags,
    ],
    examples: [
      "playbooks run examples/negotiation.pb",
      "playbooks run examples/negotiation.pb --resume",
      "playbooks run story.pb --model openai-compatible:llama3.2 --name monday",
    ],
  },
  {
    name: "resume",
    operands: "[ID]",
    completes: "nothing",
    count: { least: 0, most: 1 },
    summary: "go on with a session, without naming its files",
    detail:
      `Without ID: the newest session that can go on, here or else where you ran one before. ID is an id, four or
more characters of its start or end, or a name. A --message that nobody waits for is refused.`,
    flags: runFlags,
    examples: ["playbooks resume", 'playbooks resume 0199 --message "yes, the blue one"'],
  },
  {
    name: "check",
    operands: "FILES…",
    completes: "files",
    count: { least: 1, most: Infinity },
    summary: "print a program's outline and its problems",
    detail:
      "Needs no model, and runs nothing. With a problem that keeps the program from running, exit code 2.",
    flags: [],
    examples: ["playbooks check examples/negotiation.pb"],
  },
  {
    name: "compile",
    operands: "FILES…",
    completes: "files",
    count: { least: 1, most: Infinity },
    summary: "write a program in its numbered form",
    detail: "Needs no model. The numbered form is a program too: run it as any other.",
    flags: [{ name: "output", short: "o", value: "FILE", doc: "write here, not to standard output" }],
    examples: ["playbooks compile examples/tax.pb -o tax.pbasm"],
  },
  {
    name: "sessions list",
    operands: "",
    completes: "nothing",
    count: { least: 0, most: 0 },
    summary: "list the sessions, newest first",
    detail: "playbooks sessions means the same.",
    flags: [json, config],
    examples: ["playbooks sessions list", "playbooks sessions list --json"],
  },
  {
    name: "sessions show",
    operands: "ID",
    completes: "nothing",
    count: { least: 1, most: 1 },
    summary: "show one session: where it stands, what it cost, how to resume it",
    detail: "ID is an id, four or more characters of its start or end, or a name.",
    flags: [json, config],
    examples: ["playbooks sessions show 0199", "playbooks sessions show monday --json"],
  },
  {
    name: "sessions verify",
    operands: "[ID]",
    completes: "nothing",
    count: { least: 0, most: 1 },
    summary: "check all that is stored of the sessions, and say what could be lost",
    detail:
      `Reads every journal record, blob and checkpoint, compares each checkpoint with what the journal leads to, and
registry and mirror with the sessions' folders. Changes nothing. Exit code 6 when something is wrong.`,
    flags: [json, config],
    examples: ["playbooks sessions verify", "playbooks sessions verify 0199 --json"],
  },
  {
    name: "config show",
    operands: "[FILE]",
    completes: "files",
    count: { least: 0, most: 1 },
    summary: "print all settings, and where each comes from",
    detail: `With FILE: the settings that this program would run under.
Settings come from the nearest playbooks.toml, from the program's folder upward. PLAYBOOKS_<TABLE>__<KEY> in
the environment or in the program's .env overrides it, and a flag overrides both.`,
    flags: [json, config, { name: "model", value: "SPEC", doc: "as run would have it with this flag" }],
    examples: ["playbooks config show", "PLAYBOOKS_LIMITS__MAX_LLM_CALLS=20 playbooks config show"],
  },
  {
    name: "models",
    operands: "",
    completes: "nothing",
    count: { least: 0, most: 0 },
    summary: "list the models that are configured, and providers with a key",
    detail: "With --test, each configured model is asked for one word; exit code 1 when one does not answer.",
    flags: [
      { name: "test", doc: "ask each configured model for one word" },
      { name: "model", value: "SPEC", doc: "as run would have it with this flag" },
      trust,
      json,
      config,
    ],
    examples: ["playbooks models", "playbooks models --test --model ollama:qwen3:14b"],
  },
  {
    name: "trust",
    operands: "[FOLDER]",
    completes: "files",
    count: { least: 0, most: 1 },
    summary: "trust what a folder's settings ask for",
    detail:
      `A folder's playbooks.toml and .env decide some things only after you trust them: a model's address that is
not the provider's own, the variable that holds a key, [permissions], a storage outside the folder, and
uncertain = "retry". This command shows them and records your answer in your own state folder. If one of
these settings changes, the next run asks again.

A run asks on a terminal; elsewhere it ends with exit code 2. For one run, say --trust, or set
PLAYBOOKS_TRUST=1 in the environment of the shell (a .env cannot).`,
    flags: [
      { name: "list", doc: "list the files that you trust" },
      { name: "remove", doc: "take the trust in this folder back" },
      json,
    ],
    examples: ["playbooks trust", "playbooks trust ~/projects/shop", "playbooks trust --list"],
  },
  {
    name: "demo",
    operands: "",
    completes: "nothing",
    count: { least: 0, most: 0 },
    summary: "play a negotiation, kill it in the middle, and resume it",
    detail: "Needs no model and no network.",
    flags: [],
    examples: ["playbooks demo"],
  },
  {
    name: "crash-test",
    operands: "FILES…",
    completes: "files",
    count: { least: 1, most: Infinity },
    summary: "kill a program at each of its entries, resume it, and compare",
    detail:
      `Runs the program to its end, then again for each entry of its journal: killed there (SIGKILL) and resumed to
the end, in temporary folders, two at a time. Compares words, calls and what they return, model calls and the
final state of each agent. Exit code 1 when anything differs.

The model is rehearsal, which costs nothing, unless --model names another. Answers of a person come from
--reply, or from standard input, a line each.`,
    flags: [
      { name: "model", value: "SPEC", doc: "the model to ask; each run asks it anew" },
      { name: "reply", value: "TEXT", repeats: true, doc: "an answer of the user; once for each, in order" },
      { name: "every", value: "N", doc: "kill at each Nth entry only" },
      trust,
      json,
      config,
    ],
    examples: [
      "playbooks crash-test examples/negotiation.pb",
      "playbooks crash-test examples/tax.pb --reply 50000 --every 3",
    ],
  },
  {
    name: "completions",
    operands: "bash|zsh|fish",
    completes: ["bash", "zsh", "fish"],
    count: { least: 1, most: 1 },
    summary: "print a script that completes commands in a shell",
    flags: [],
    examples: ["source <(playbooks completions bash)", "playbooks completions fish | source"],
  },
  {
    name: "help",
    operands: "[COMMAND]",
    completes: "commands",
    count: { least: 0, most: 2 },
    summary: "print this help, or that of a command",
    flags: [],
    examples: ["playbooks help run"],
  },
];

/** Flags that stand before any command, and `--help` behind each. */
export const globalFlags: readonly FlagUsage[] = [
  { name: "help", short: "h", doc: "print this help, or that of a command" },
  { name: "version", short: "V", doc: "print the version" },
];

/** The first words of the commands: `run`, `sessions`, …, in the order of the help. */
export function commandWords(): readonly string[] {
  return [...new Set(commandUsages.map((usage) => usage.name.split(" ")[0]!))];
}
