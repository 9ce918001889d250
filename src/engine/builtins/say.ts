import type { Encoded } from "../../sandbox/mod.ts";
import type { Message, NewAgent } from "../fold/entry.ts";
import { meetingName } from "../fold/meetings.ts";
import { isToolServer } from "../tool_playbooks.ts";
import { newAgentOf } from "./agents.ts";
import {
  type EffectContext,
  type InsideBuiltin,
  isMissing,
  refuse,
  succeed,
  undefinedValue,
} from "./builtin.ts";
import { hearersOf } from "./hearers.ts";
import { endedMessage, findClass, isMeetingTarget, resolveTarget } from "./target.ts";
import { checkedWords } from "./words.ts";

export const sayBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "Say",
  parameters: [
    { name: "target", type: "Target", alsoNamed: ["to", "recipient"] },
    { name: "text", type: "string", alsoNamed: ["message", "content"] },
  ],
  returns: "Promise<void>",
  isSilent: true,
  needsNoAwait: true,
  doc: "Says words to a person, or sends them to an agent as a message, or to all in a meeting.",
  perform(args, context) {
    const { state, program, frame } = context;
    const [receivers, said] = onlyWords(args, context) ?? args;
    const words = checkedWords(said, context);
    if (!words.ok) return refuse(words.name, `Say: ${words.message}`);
    const { text } = words;
    let target = resolveTarget(context, receiverOf(receivers));
    let created: NewAgent | undefined;
    if (target.kind === "class") {
      const known = agentOfClass(context, target.klass);
      if (known === undefined) created = newAgentOf(context, findClass(program, target.klass)!, {});
      target = { kind: "agent", id: known ?? created!.id };
    }
    if (target.kind === "agent" && target.id === frame.agent) return succeed(toItself);
    switch (target.kind) {
      case "person":
        return succeed(undefinedValue, {
          kind: "said",
          by: frame.agent,
          to: target.name,
          text,
          ...held(target),
        });
      case "agent": {
        const klass = state.agents[target.id]?.klass ?? created?.klass;
        const receiver = program.agents.find(({ name }) => name === klass);
        if (receiver && isToolServer(receiver)) {
          const message = `${receiver.name} is a tool server, and reads no messages; call its functions`;
          return refuse("TypeError", message);
        }
        return succeed(undefinedValue, {
          kind: "sent",
          message: messageOf(context, target.id, text),
          ...(created ? { created } : {}),
        });
      }
      case "meeting": {
        const { id, attention } = target;
        const message = {
          ...messageOf(context, meetingName(id), text),
          meeting: id,
          ...(attention.length > 0 ? { attention } : {}),
        };
        const hearers = hearersOf(context, state.meetings![id]!, message);
        return succeed(undefinedValue, { kind: "sent", message, ...hearers });
      }
      case "ended":
        return refuse("MeetingError", endedMessage(target.id));
      case "unknown":
        return refuse("ReferenceError", target.message);
      default:
        return refuse("TypeError", "Say needs one receiver");
    }
  },
};

/** The result of words to itself, which are not delivered. The next prompt shows it. */
const toItself = "[not delivered: an agent does not send messages to itself]";

/** The agent that a class means: the first one other than the speaker, else the speaker itself. */
function agentOfClass({ state, frame }: EffectContext, klass: string): string | undefined {
  const all = Object.values(state.agents).filter((each) => each.klass === klass);
  return (all.find(({ id }) => id !== frame.agent) ?? all[0])?.id;
}

function messageOf({ state, frame, nowMs }: EffectContext, to: string, text: string): Message {
  const { id, klass = "" } = state.agents[frame.agent] ?? { id: frame.agent };
  return { id: `m${state.next.message}`, from: id, fromKlass: klass, to, text, at: nowMs };
}

/** The arguments for `Say("Bye.")`: a text that names no receiver is words to the user. */
function onlyWords(
  [text, said]: readonly Encoded[],
  context: EffectContext,
): readonly Encoded[] | undefined {
  if (!isMissing(said) || typeof text !== "string" || isMeetingTarget(text)) return undefined;
  return resolveTarget(context, text).kind === "unknown" ? ["user", text] : undefined;
}

/** Words to a person whose words are buffered are kept first. */
function held({ bufferMs }: { readonly bufferMs?: number }): { readonly held?: true } {
  return bufferMs === undefined ? {} : { held: true };
}

/** The receiver: words without a receiver are for the user, and a list of one is that one. */
function receiverOf(given: Encoded | undefined): Encoded {
  if (isMissing(given)) return "user";
  const list = Array.isArray(given) ? given as readonly Encoded[] : [];
  return list.length === 1 ? list[0]! : given!;
}
