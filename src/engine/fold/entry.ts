import type { PromptMessage, Usage } from "../../model/model.ts";
import type { CodeError, Note, Outcome, StatePatch } from "../../sandbox/sandbox.ts";
import type { Encoded } from "../../sandbox/values.ts";
import type { FieldValue, JsonObject, ToolList, ToolQuestion, ToolTask } from "../../tools/mod.ts";
import type { RuntimeSettings } from "./settings.ts";

/**
 * One fact of a session. The journal holds the entries in order, and the state is their fold.
 *
 * `at` is the time of the entry in ms since 1970. Ids are strings: agents `1000`, frames `f1`, messages `m1`.
 */
export type Entry =
  | SessionEntry
  | RunEntry
  | AgentEntry
  | ThreadEntry
  | RequestEntry
  | LostEntry
  | AcceptedEntry
  | TurnEntry
  | PatchEntry
  | EffectEntry
  | StartEntry
  | CallEntry
  | EndTurnEntry
  | ReturnEntry
  | MessageEntry
  | ReleaseEntry
  | TriggerEntry
  | MeetingEntry
  | RedoEntry
  | EditEntry
  | ToolsEntry
  | TaskEntry
  | ToolAskEntry
  | ToolReplyEntry
  | EndEntry;

/** The entry of a type. */
export type EntryOf<Type extends Entry["type"]> = Extract<Entry, { readonly type: Type }>;

/** The first entry: the session's facts, with the whole source. */
export interface SessionEntry {
  readonly type: "session";
  /** The format of the journal, `formats.journal`. */
  readonly version: 1;
  readonly at: number;
  readonly id: string;
  readonly source: Source;
  readonly model: string;
  readonly settings: RuntimeSettings;
  /** Arguments of the entry playbooks by parameter name. */
  readonly parameters: Readonly<Record<string, Encoded>>;
  /** `--call`: the call that replaces the begin playbooks. */
  readonly call?: { readonly playbook: string; readonly args: readonly Encoded[] };
  /** The version of playbooks that wrote this; absent before 0.2. */
  readonly playbooks?: string;
}

/** A program's source as it was read. It is enough to parse the program again on any machine. */
export interface Source {
  /** SHA-256 over paths and texts, hex. */
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Files that `!import` read; `key` is the importing file and the path as written there, on two lines. */
  readonly imports: readonly { readonly key: string; readonly path: string; readonly text: string }[];
}

/** A process began to run the session. The token grows with each run. */
export interface RunEntry {
  readonly type: "run";
  /** The format of this process's entries; absent before 0.2, which wrote format 1. */
  readonly version?: 1;
  readonly at: number;
  readonly token: number;
  readonly pid: number;
  readonly host: string;
  readonly model: string;
  /** The models that the session keeps from now on; absent in journals of 0.1. */
  readonly models?: KeptModels;
  readonly settings: RuntimeSettings;
  /** The source, if the program was edited. */
  readonly source?: Source;
  /** `--pin`: the frames on the stack and their calls finish on their present source. */
  readonly pin?: true;
  /** Frames that continue with another source; `told` is the paragraph for the model. A turn of a model ends on the old source. */
  readonly moves?: readonly {
    readonly frame: string;
    readonly source: string;
    readonly told?: string;
    /** `--redo` of a frame that `--pin` kept on its source. */
    readonly unpin?: true;
  }[];
  /** With `source`: agents that keep an older source, because the new one lacks their class or a begin playbook. */
  readonly stays?: readonly { readonly agent: string; readonly source: string }[];
  /** The version of playbooks that wrote this; absent before 0.2. */
  readonly playbooks?: string;
}

/** The models of a session, so that a later run asks the same ones. */
export interface KeptModels {
  readonly main: KeptModel;
  /** For raw playbooks, if it differs. */
  readonly raw?: KeptModel;
  /** `--model` chose it, so `model:` lines are ignored. */
  readonly fixed?: true;
  /** Proves that this user trusted the addresses and variables, if they need trust. */
  readonly seal?: string;
}

/** A model and its server, without keys and passwords. */
export interface KeptModel {
  readonly provider: string;
  readonly name: string;
  /** `""` for the provider's own address. */
  readonly address: string;
  /** The variable of the key; `""` for the provider's usual one. */
  readonly keyEnv: string;
}

/** An agent that exists from the start. */
interface AgentEntry {
  readonly type: "agent";
  readonly at: number;
  readonly agent: NewAgent;
}

/** A new agent. */
export interface NewAgent {
  readonly id: string;
  readonly klass: string;
  readonly properties: Readonly<Record<string, Encoded>>;
  /** Begin playbooks that it runs, in order. */
  readonly begins: readonly string[];
  /** Hash of the source with its class, if the newest one lacks it. */
  readonly source?: string;
}

/** A new frame: a call on an agent. */
export interface NewFrame {
  readonly id: string;
  readonly agent: string;
  readonly playbook: string;
  /** `code` runs a function, `model` is run turn by turn, `raw` is one completion whose text is the result. */
  readonly mode: "code" | "model" | "raw";
  /** Its description has placeholders, which are resolved before the first turn. */
  readonly resolves: boolean;
  /** Bound parameters by name. */
  readonly args: Readonly<Record<string, Encoded>>;
  /** Values that `$` parameters write to the agent's state. */
  readonly writes?: StatePatch;
  /**
   * The names of these parameters. In the agent's state, the frame's code sees its own arguments until it writes them.
   * Absent before 0.3: code then saw the writes of other calls.
   */
  readonly own?: readonly string[];
  /** Hash of its source. */
  readonly source: string;
  /** It takes part in this meeting, and its own calls with it. Its caller, or nobody, does not. */
  readonly meeting?: string;
}

/**
 * A thread without a caller: a begin playbook, `--call`, messages that no code waited for, a trigger, or a meeting that it
 * joins.
 */
export interface ThreadEntry {
  readonly type: "thread";
  readonly at: number;
  readonly kind: "begin" | "messages" | "call" | "trigger" | "meeting";
  readonly frame: NewFrame;
  /** Ids of the messages that it takes from the agent's inbox. */
  readonly takes?: readonly string[];
  /** With the kind `trigger`: the trigger that the runtime fired. */
  readonly fires?: Firing;
  /** With the kind `trigger`: the frame whose change set it off. It continues after the thread has returned. */
  readonly pauses?: string;
}

/** A trigger that fired, and its cause. It does not fire twice for one cause. */
export interface Firing {
  readonly playbook: string;
  /** The text of the trigger. */
  readonly trigger: string;
  /**
   * Who decided: the `runtime`, for a condition that it computes, or the `model`. A model may announce a trigger with
   * `LogTrigger`, and then call the playbook.
   */
  readonly by: "runtime" | "model" | "announced";
  readonly cause: Cause;
  /** The arguments, shortened; absent if the playbook runs without a call. Another order is another thing to do. */
  readonly args?: string;
}

/** The fact that set off a trigger. */
export type Cause =
  /** A message that the agent took. */
  | { readonly kind: "message"; readonly message: string; readonly from: string }
  /** A change of variables: the position of the entry that wrote them. */
  | { readonly kind: "change"; readonly position: number; readonly names: readonly string[] }
  /** A step of a frame. */
  | { readonly kind: "step"; readonly frame: string; readonly turn: number; readonly step?: string };

/** A model announced a trigger; or a computable condition does not hold any more, so that it can fire again. */
interface TriggerEntry {
  readonly type: "trigger";
  readonly at: number;
  readonly agent: string;
  readonly fires?: Firing;
  readonly rearms?: { readonly playbook: string; readonly trigger: string };
}

/** A model call begins; `text` is the new message of the prompt. */
export interface RequestEntry {
  readonly type: "request";
  readonly at: number;
  readonly frame: string;
  readonly text: string;
  /**
   * The frame's messages with this one, if earlier ones were condensed: the index of an unchanged message, or a shorter
   * message. 0.2 left this and the next two fields out; `upcastEntry` adds them.
   */
  readonly transcript?: readonly (number | PromptMessage)[];
  /** Artifacts of the agent, made from long results of the turn before. */
  readonly artifacts?: readonly Artifact[];
  /** Turns in a row, up to the one before, that had the same answer and results as their predecessor; absent for 0. */
  readonly repeats?: number;
  /** The model is the rehearsal, which counts towards no limit. */
  readonly rehearsal?: true;
}

/** The requests of a model call that failed. They may be billed. */
interface LostEntry {
  readonly type: "lost";
  readonly at: number;
  readonly frame: string;
  /** The estimated use of all its requests. */
  readonly usage: Usage;
  readonly model: string;
}

/**
 * The provider of a model call has begun the answer in the background, and gave it an id. A resume fetches the answer
 * if its request is equal. A call has several of these entries if its request was sent anew; the last one counts.
 */
interface AcceptedEntry {
  readonly type: "accepted";
  readonly at: number;
  readonly frame: string;
  /** The id of the answer at the provider. */
  readonly id: string;
  /** The model, as `provider:name`. */
  readonly model: string;
  /** The address of the server, without password and query. */
  readonly server: string;
  /** Hash of the request, and of the settings that decide about its answer. */
  readonly request: string;
}

/** A turn's code, before it runs: a completion, or a playbook's own source. */
interface TurnEntry {
  readonly type: "turn";
  readonly at: number;
  readonly frame: string;
  readonly text: string;
  /** Why it ended, unless it ended normally. */
  readonly finish?: "length" | "filter" | "other";
  readonly usage: Usage;
  readonly model: string;
  /** As in its request. */
  readonly rehearsal?: true;
  /** The rules by which its code is read, `currentReading` of their time; absent: those of 0.2. */
  readonly reading?: number;
}

/**
 * The observations and changes of a turn's code inside the session, since its last entry. `index` is the number of
 * results that it had then. Up to there, a replay shows it exactly the writes of others in `in`.
 */
export interface StateDelta {
  readonly index: number;
  /** Writes of others to the agent's variables, by the index at which the code observed them; 0 is the turn's start. */
  readonly in?: Readonly<Record<number, StatePatch>>;
  readonly patch?: StatePatch;
  readonly notes?: readonly Note[];
}

/** A change of the agent's variables without an effect. */
interface PatchEntry {
  readonly type: "patch";
  readonly at: number;
  readonly frame: string;
  readonly out: StateDelta;
}

/** An effect as the code requested it. */
export interface Asked {
  readonly ordinal: number;
  readonly name: string;
  readonly args: readonly Encoded[];
}

/** The result of an effect; `asked` is present if no entry recorded the effect's start. */
export interface EffectEntry {
  readonly type: "effect";
  readonly at: number;
  readonly frame: string;
  readonly ordinal: number;
  readonly asked?: Asked;
  readonly outcome: Outcome;
  readonly out?: StateDelta;
  /**
   * The wait was cancelled, because its turn's code had ended and could not observe the result. The outcome is
   * `undefined` and is not delivered.
   */
  readonly cancelled?: true;
  /** Its side effect in the session. */
  readonly did?: Did;
}

/** The side effect of an effect: its change in the session beside its result. */
export type Did =
  /** `held`: the words are kept until a `release`; otherwise they are shown at once. */
  | {
    readonly kind: "said";
    readonly by: string;
    readonly to: string;
    readonly text: string;
    readonly held?: true;
  }
  /** `created`: the receiver, if the message created it. */
  /**
   * To a meeting: `hearers` are the persons who are shown the words at once; for those in `held`, the words are kept
   * until a `release`.
   */
  | {
    readonly kind: "sent";
    readonly message: Message;
    readonly created?: NewAgent;
    readonly hearers?: readonly string[];
    readonly held?: readonly string[];
  }
  | { readonly kind: "created"; readonly agent: NewAgent }
  | { readonly kind: "saved"; readonly artifact: Artifact }
  /** `ended`: the code has learned that this meeting has ended. */
  | { readonly kind: "took"; readonly messages: readonly string[]; readonly ended?: string }
  /** The wait ended at once without words: no agent can answer it, its time is over, or it was refused. */
  | { readonly kind: "silent" }
  /** Files in the result of a tool. */
  | { readonly kind: "kept"; readonly artifacts: readonly Artifact[] }
  /** The answer was lost; a person says that the effect was done, and gave its result. */
  | { readonly kind: "given" }
  | { readonly kind: "invited"; readonly meeting: string } & Invitations;

/** Agents and persons who are invited to a meeting. */
export interface Invitations {
  readonly attendees: readonly {
    /** An agent's id, or a person's name. */
    readonly name: string;
    readonly isPerson?: true;
    /** If it does not join, the meeting does not start. */
    readonly isRequired?: true;
  }[];
  /** Agents that the invitation makes. */
  readonly created?: readonly NewAgent[];
  /** Agents can join until this time. */
  readonly deadline: number;
}

/** A meeting that a call of its owner's playbook begins. The callee waits until no invitation is open. */
export interface NewMeeting {
  readonly id: string;
  readonly topic: string;
  readonly attendees: Invitations["attendees"];
  readonly created?: readonly NewAgent[];
  readonly deadline: number;
}

/** A message on its way to an agent's inbox, or to the inboxes of all participants of a meeting. */
export interface Message {
  readonly id: string;
  /** An agent's id, or a person's name. */
  readonly from: string;
  readonly fromKlass: string;
  /** An agent's id, or `meeting 100`. */
  readonly to: string;
  readonly text: string;
  readonly at: number;
  /** The meeting that it is said in. */
  readonly meeting?: string;
  /** Participants whom it addresses: ids of agents and names of persons. */
  readonly attention?: readonly string[];
  /** Only in a state: news of a meeting, which has no text. `who` is an agent's id or a person's name. */
  readonly news?: {
    readonly kind: "joined" | "left" | "refused";
    readonly who: string;
    readonly why?: string;
  };
}

/** A long text with a name and a summary, kept by an agent. */
export interface Artifact {
  readonly name: string;
  readonly summary: string;
  readonly content: string;
}

/** An effect that takes time has started. */
interface StartEntry {
  readonly type: "start";
  readonly at: number;
  readonly frame: string;
  readonly asked: Asked;
  readonly out?: StateDelta;
  readonly wait: Wait;
}

/** The condition that an open effect waits for. */
export type Wait =
  /** `yield` gives words, `messages` gives a list; sources are agent ids, class names, person names, `meeting 100`, or `*`. */
  | {
    readonly kind: "messages";
    readonly as: "yield" | "messages";
    readonly sources: readonly string[];
    readonly deadline?: number;
  }
  | { readonly kind: "sleep"; readonly until: number }
  /** An outside effect; `key` is its idempotency key. */
  | {
    readonly kind: "outside";
    readonly key: string;
    readonly repeatable: boolean;
    readonly what: string;
    readonly tool?: ToolUse;
    readonly append?: AppendWait;
  };

/** The tool that an outside effect calls, with its arguments by name. */
interface ToolUse {
  readonly server: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** An append to a file. By these data a later run finds out whether it was done. */
export interface AppendWait {
  /** Real path of the file. */
  readonly path: string;
  /** Length of the file before the append. */
  readonly from: number;
  /** Length of the text. */
  readonly bytes: number;
}

/** A playbook was called: its frame is on the stack until it returns. */
export interface CallEntry {
  readonly type: "call";
  readonly at: number;
  readonly frame: string;
  readonly asked: Asked;
  readonly out?: StateDelta;
  readonly created?: NewAgent;
  /** The meeting that the callee owns. */
  readonly meeting?: NewMeeting;
  readonly callee: NewFrame;
  /** Locals of the calling code that changed since its turn began, if a model runs the callee. Absent before 0.3. */
  readonly locals?: Readonly<Record<string, Encoded>>;
  /** The trigger for which a model called the playbook. */
  readonly fires?: Firing;
  /** The program or the code reads `$_`, the last result, so the caller's frame keeps the result. */
  readonly keeps?: true;
}

/** The code of a turn ended, and its frame continues. */
export interface EndTurnEntry {
  readonly type: "end-turn";
  readonly at: number;
  readonly frame: string;
  readonly out?: StateDelta;
  readonly locals?: Readonly<Record<string, Encoded>>;
  /** The resolved description, if the turn resolved placeholders. */
  readonly description?: string;
  readonly error?: TurnError;
  /** The answer did not run: its code would have judged words that the model had not read. */
  readonly refused?: true;
  /** The trigger whose playbook a model carried out in the place of `ProcessMessages`. */
  readonly fires?: Firing;
}

/** An error that ended a model's turn. */
export interface TurnError extends CodeError {
  /** The text of the line, if known. */
  readonly source?: string;
}

/** A playbook returned or failed: its caller gets the result. */
export interface ReturnEntry {
  readonly type: "return";
  readonly at: number;
  readonly frame: string;
  readonly out?: StateDelta;
  readonly outcome: Outcome;
  readonly summary?: string;
  /** As in `EndTurnEntry`. */
  readonly fires?: Firing;
}

/** An invitation to a meeting was refused, or the meeting was opened: its owner's playbook begins. */
interface MeetingEntry {
  readonly type: "meeting";
  readonly at: number;
  readonly meeting: string;
  /** Absent if the meeting was opened. */
  readonly refused?: { readonly agent: string; readonly why: InvitationRefusal };
}

/** Why an agent does not join a meeting. */
export type InvitationRefusal =
  /** It waits for something else, or is in another meeting. */
  | "busy"
  /** It has no meeting playbook, or several without one of the owner's name. */
  | "no playbook"
  /** Its meeting playbook has other parameters that must have values. */
  | "arguments"
  /** It worked on something else until the deadline. */
  | "timeout";

/** A message of a person to an agent, or to a meeting. */
interface MessageEntry {
  readonly type: "message";
  readonly at: number;
  readonly message: Message;
  /** Its key in the session's inbox, if it was posted there first. */
  readonly key?: string;
}

/** Words to a person that were kept are shown now. They are repeated, so that a reader needs no earlier entry. */
interface ReleaseEntry {
  readonly type: "release";
  readonly at: number;
  /** Position of the entry that kept them. */
  readonly words: number;
  readonly by: string;
  readonly to: string;
  readonly text: string;
  /** The id of the meeting in which the words were said. */
  readonly meeting?: string;
}

/** A code playbook runs an edited source from the first call that differs. */
interface RedoEntry {
  readonly type: "redo";
  readonly at: number;
  readonly frame: string;
  /** The first ordinal that is requested again. Earlier results stay. */
  readonly ordinal: number;
}

/**
 * A person set a value when the session was forked. Variables change with this entry. With the kind `result` the next
 * entry has the value in place of the one that it had in the other session.
 */
export interface EditEntry {
  readonly type: "edit";
  readonly at: number;
  /** The person, as the system knows it: `ann@host`. */
  readonly by: string;
  readonly kind: "state" | "local" | "result";
  /** With `state`: the agent. */
  readonly agent?: string;
  /** With `local`: the frame. */
  readonly frame?: string;
  /** The variable. */
  readonly name?: string;
  /** With `result`: the position that the entry had in the other session. */
  readonly of?: number;
  /** The old value; for a failed effect the words of its error. */
  readonly before: Encoded;
  readonly value: Encoded;
}

/** A tool server was reached, and said which tools it has. The last entry of a server counts. */
interface ToolsEntry {
  readonly type: "tools";
  readonly at: number;
  /** The agent class, or the name in `[mcp.servers]`. */
  readonly server: string;
  readonly list: ToolList;
}

/** A tool server made a call into a task. A resume fetches the task's result. The last one of an effect counts. */
interface TaskEntry {
  readonly type: "task";
  readonly at: number;
  readonly frame: string;
  readonly ordinal: number;
  readonly task: ToolTask;
}

/** A tool server asks a person while it works on a call. */
interface ToolAskEntry {
  readonly type: "tool-ask";
  readonly at: number;
  readonly frame: string;
  readonly ordinal: number;
  readonly question: ToolQuestion;
  /** The agent whose server asks, and the person. */
  readonly agent: string;
  readonly person: string;
  /** The words that the person is shown. */
  readonly text: string;
}

/** A person answered a field of a tool server's question, or the whole question. */
interface ToolReplyEntry {
  readonly type: "tool-reply";
  readonly at: number;
  readonly frame: string;
  readonly ordinal: number;
  /** The id of the question, the agent whose server asked, and the person. */
  readonly question: string;
  readonly agent: string;
  readonly person: string;
  /** Ids of the messages that it takes from the agent's inbox. */
  readonly takes: readonly string[];
  /** The field that the answer settles, and its value; absent: the field is left out, or the answer was not understood. */
  readonly field?: string;
  readonly value?: FieldValue;
  /** The answer to the whole question is complete. */
  readonly action?: "accept" | "decline" | "cancel";
  /** The words that the person is shown next. */
  readonly text?: string;
}

/** The program ended. */
export interface EndEntry {
  readonly type: "end";
  readonly at: number;
  readonly status: "completed" | "failed";
  readonly frame?: string;
  readonly reason?: string;
}
