import type {
  Asked,
  Did,
  Encoded,
  Entry,
  EntryOf,
  NewAgent,
  NewFrame,
  Outcome,
  StateDelta,
} from "../../../engine/mod.ts";
import { counted } from "../../../frontends/counted.ts";
import { display } from "../../../sandbox/mod.ts";
import { cutText } from "../../../text/mod.ts";

/** Maximum characters of a text in a line. */
const maxTextCharacters = 80;

/**
 * Describes entries in the order of the journal. It remembers the agent of each frame, because entries name only the frame.
 */
export class EntryDescriber {
  /** Class of each agent, by id. */
  readonly #agents = new Map<string, string>();
  /** Agent of each frame, by id. */
  readonly #frames = new Map<string, { readonly agent: string; readonly playbook: string }>();

  /** The agent of the entry, and the entry's essential fields. */
  describe(entry: Entry): { readonly who: string; readonly text: string } {
    switch (entry.type) {
      case "session": {
        const files = entry.source.files.map(({ path }) => path).join(", ");
        return { who: "", text: `format ${entry.version}, program ${files}, model ${entry.model}` };
      }
      case "run": {
        const edited = entry.source === undefined ? "" : ", with an edited program";
        const text =
          `lease ${entry.token}, process ${entry.pid} on ${entry.host}, model ${entry.model}${edited}`;
        return { who: "", text };
      }
      case "agent":
        return {
          who: this.#addAgent(entry.agent),
          text: `begins ${entry.agent.begins.join(", ") || "nothing"}`,
        };
      case "thread":
        return {
          who: this.#ofAgent(entry.frame.agent),
          text: `${entry.kind}: ${this.#addFrame(entry.frame)}${ofFiring(entry.fires)}`,
        };
      case "call":
        if (entry.created) this.#addAgent(entry.created);
        return {
          who: this.#ofFrame(entry.frame),
          text: `${ordinalOf(entry.asked)} calls ${this.#addFrame(entry.callee)}${
            this.#begun(entry.meeting)
          }${ofFiring(entry.fires)}`,
        };
      case "trigger": {
        const { fires, rearms } = entry;
        const text = rearms
          ? `arms ${rearms.playbook} again (${quoted(rearms.trigger)})`
          : `fires ${fires?.playbook ?? ""}${ofFiring(fires)}`;
        return { who: this.#ofAgent(entry.agent), text };
      }
      case "meeting": {
        const { meeting, refused } = entry;
        if (!refused) return { who: "", text: `meeting ${meeting} begins` };
        return { who: this.#ofAgent(refused.agent), text: `refuses meeting ${meeting}: ${refused.why}` };
      }
      case "message":
        return {
          who: this.#ofAgent(entry.message.to),
          text: `${entry.message.id} from ${entry.message.from}: ${quoted(entry.message.text)}`,
        };
      case "release":
        return {
          who: this.#ofAgent(entry.by),
          text: `shows the words of entry ${entry.words} to ${entry.to}: ${quoted(entry.text)}`,
        };
      case "effect":
        return { who: this.#ofFrame(entry.frame), text: this.#effect(entry) };
      case "edit": {
        const { by, kind, agent, frame, name, of, before, value } = entry;
        const what = kind === "result" ? `result@${of}` : `${kind}.${name}`;
        const text = `${by} sets ${what} to ${valueText(value)}, was ${valueText(before)}`;
        return { who: agent === undefined ? this.#ofFrame(frame) : this.#ofAgent(agent), text };
      }
      case "tools": {
        const { tools, server } = entry.list;
        return {
          who: entry.server,
          text: `${server} has ${tools.length} tools: ${shortened(tools.map(({ name }) => name).join(", "))}`,
        };
      }
      case "tool-ask":
        return {
          who: this.#ofAgent(entry.agent),
          text: `#${entry.ordinal} asks ${entry.person}: ${quoted(entry.text)}`,
        };
      case "end":
        return {
          who: "",
          text: entry.reason === undefined ? entry.status : `${entry.status}: ${entry.reason}`,
        };
      default:
        return { who: this.#ofFrame(entry.frame), text: ofTurn(entry) };
    }
  }

  #effect({ ordinal, asked, outcome, did, cancelled }: EntryOf<"effect">): string {
    const created = did?.kind === "created" ? did.agent : did?.kind === "sent" ? did.created : undefined;
    if (created) this.#addAgent(created);
    if (did?.kind === "invited") { for (const agent of did.created ?? []) this.#addAgent(agent); }
    const what = asked === undefined
      ? `#${ordinal}`
      : `${ordinalOf(asked)} ${callOf(asked.name, asked.args)}`;
    // A dump is read and sent to others; a variable of the environment may be a secret.
    const isVariable = asked?.name === "Env" && outcome.ok;
    const result = cancelled ? "cancelled" : isVariable ? "(a variable's value)" : ofOutcome(outcome);
    return `${what} → ${result}${did === undefined ? "" : `, ${this.#sideEffect(did)}`}`;
  }

  #sideEffect(did: Did): string {
    switch (did.kind) {
      case "said":
        return `${did.held ? "keeps for" : "said to"} ${did.to}: ${quoted(did.text)}`;
      case "sent":
        return `sent ${did.message.id} to ${this.#ofAgent(did.message.to)}: ${quoted(did.message.text)}`;
      case "created":
        return `created ${this.#ofAgent(did.agent.id)}`;
      case "saved":
        return `saved artifact ${did.artifact.name}`;
      case "kept":
        return `kept ${did.artifacts.map(({ name }) => name).join(", ")}`;
      case "given":
        return "a person says that it was done, and gave the result";
      case "silent":
        return "a wait without words";
      case "took":
        return `took ${did.messages.join(", ") || "no messages"}` +
          (did.ended === undefined ? "" : `, and the end of meeting ${did.ended}`);
      case "invited":
        return `invited ${this.#names(did.attendees)} to meeting ${did.meeting}`;
      default:
        throw unknown("effect inside the session", did);
    }
  }

  #begun(meeting: EntryOf<"call">["meeting"]): string {
    if (!meeting) return "";
    for (const agent of meeting.created ?? []) this.#addAgent(agent);
    return `, meeting ${meeting.id} about ${quoted(meeting.topic)} with ${this.#names(meeting.attendees)}`;
  }

  #names(attendees: readonly { readonly name: string }[]): string {
    return attendees.map(({ name }) => this.#ofAgent(name)).join(", ");
  }

  #addAgent({ id, klass }: NewAgent): string {
    this.#agents.set(id, klass);
    return this.#ofAgent(id);
  }

  #addFrame({ id, agent, playbook, args }: NewFrame): string {
    this.#frames.set(id, { agent, playbook });
    return `${id} ${callOf(playbook, Object.values(args))} on ${this.#ofAgent(agent)}`;
  }

  #ofAgent(id: string): string {
    const agentClass = this.#agents.get(id);
    return agentClass === undefined ? id : `${agentClass}(${id})`;
  }

  #ofFrame(id: string | undefined): string {
    if (id === undefined) return "";
    const frame = this.#frames.get(id);
    return frame === undefined ? id : `${this.#ofAgent(frame.agent)} ${id} ${frame.playbook}`;
  }
}

/** A trigger that an entry fires, and its cause. */
function ofFiring(firing: EntryOf<"thread">["fires"]): string {
  if (!firing) return "";
  const { trigger, by, cause } = firing;
  return `, ${by} fires ${quoted(trigger)} by ${causeWords(cause)}`;
}

function causeWords(cause: NonNullable<EntryOf<"thread">["fires"]>["cause"]): string {
  switch (cause.kind) {
    case "message":
      return `message ${cause.message} of ${cause.from}`;
    case "change":
      return `the change of ${cause.names.join(", ")} at ${cause.position}`;
    case "step":
      return `step ${cause.step ?? "0"} of ${cause.frame}, turn ${cause.turn}`;
    default:
      throw unknown("cause", cause);
  }
}

/** Entries of one turn's code. */
function ofTurn(
  entry: EntryOf<
    | "request"
    | "lost"
    | "accepted"
    | "turn"
    | "patch"
    | "start"
    | "end-turn"
    | "return"
    | "redo"
    | "task"
    | "tool-reply"
  >,
): string {
  switch (entry.type) {
    case "request":
      return `asks a model: ${quoted(entry.text)}`;
    case "lost": {
      const { requests = 1, inputTokens, outputTokens } = entry.usage;
      return `${entry.model} gave no answer to ${counted(requests, "request")}, ` +
        `about ${inputTokens} tokens in, ${outputTokens} out`;
    }
    case "accepted":
      return `${entry.model} makes answer ${entry.id} in the background`;
    case "turn": {
      const { inputTokens, outputTokens } = entry.usage;
      const finish = entry.finish === undefined ? "" : `, ended by ${entry.finish}`;
      return `${entry.model}, ${inputTokens} tokens in, ${outputTokens} out${finish}: ${quoted(entry.text)}`;
    }
    case "patch":
      return ofDelta(entry.out);
    case "start":
      return `${ordinalOf(entry.asked)} ${callOf(entry.asked.name, entry.asked.args)} waits for ${
        ofWait(entry.wait)
      }`;
    case "end-turn":
      return entry.error === undefined
        ? `ended${ofFiring(entry.fires)}`
        : `failed: ${entry.error.name}: ${shortened(entry.error.message)}`;
    case "return":
      return `returns ${ofOutcome(entry.outcome)}${ofFiring(entry.fires)}`;
    case "task":
      return `#${entry.ordinal} became task ${entry.task.id} of its server`;
    case "tool-reply": {
      const field = entry.field === undefined
        ? ""
        : ` ${entry.field} = ${JSON.stringify(entry.value ?? null)}`;
      const action = entry.action === undefined ? "" : ` ${entry.action}`;
      return `#${entry.ordinal} is answered:${field}${action || (field === "" ? " not understood" : "")}`;
    }
    case "redo":
      return `runs the edited code again from #${entry.ordinal}`;
    default:
      throw unknown("entry", entry);
  }
}

function ofWait(wait: EntryOf<"start">["wait"]): string {
  switch (wait.kind) {
    case "messages":
      return `messages from ${wait.sources.join(", ")}`;
    case "sleep":
      return `the time ${new Date(wait.until).toISOString()}`;
    case "outside":
      return `${wait.what}, key ${wait.key}`;
    default:
      throw unknown("wait", wait);
  }
}

/** A checksum holds for a kind that this version does not know as well. */
function unknown(what: string, part: never): TypeError {
  const { type, kind = type } = part as { readonly type?: unknown; readonly kind?: unknown };
  return new TypeError(`${what} of the unknown kind ${quoted(String(kind))}`);
}

function ofOutcome(outcome: Outcome): string {
  return outcome.ok
    ? display(outcome.value, { maxCharacters: maxTextCharacters })
    : `${outcome.error.name}: ${shortened(outcome.error.message)}`;
}

function valueText(value: Encoded): string {
  return display(value, { maxCharacters: maxTextCharacters });
}

function ordinalOf({ ordinal }: Asked): string {
  return `#${ordinal}`;
}

function callOf(name: string, args: readonly Encoded[]): string {
  return `${name}(${args.map((arg) => display(arg, { maxCharacters: 40 })).join(", ")})`;
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return cutText(text, { maxCharacters: maxTextCharacters });
}

/** Names the variables that a delta sets or removes, and the notes of the code. */
function ofDelta({ patch = {}, notes = [] }: StateDelta): string {
  const names = Object.keys(patch);
  const changed = names.length === 0
    ? "changes no variable"
    : `changes ${names.map((name) => quoted(name)).join(", ")}`;
  return [changed, ...notes.map(({ kind, text }) => `${kind} ${quoted(text)}`)].join("; ");
}
