import { Random } from "./random.ts";
import { type Callable, Statements } from "./statements.ts";

/**
 * The guarantees for a program that was stopped and resumed, for any order of events in the world:
 *
 * - `sequential`: one thing at a time, so its words and its end state are exactly the same;
 * - `confluent`: interleaved threads with commuting effects, so the words are the same in some order, and the end
 *   state is the same after its lists are sorted;
 * - `abrupt`: it ends the program while other threads run, so their finished work may differ. Only the rules for every
 *   history are checked.
 */
export type Kind = "sequential" | "confluent" | "abrupt";

/** A program made from a seed, with the answers of the model. */
export interface Generated {
  readonly seed: string;
  readonly kind: Kind;
  /** The program as Markdown. */
  readonly text: string;
  /** Answers by `Class.Playbook`, one per turn. */
  readonly script: Readonly<Record<string, readonly string[]>>;
}

/** The maximum number of effects of one playbook with its callees. It keeps a session small. */
const maxEffects = 26;

/** Makes a program. */
export function generate(seed: string, kind?: Kind): Generated {
  const random = new Random(`program ${seed}`);
  const chosen = kind ?? random.pick<Kind>(["sequential", "confluent", "confluent", "abrupt"]);
  const classes = 1 + random.below(chosen === "sequential" ? 3 : 4);
  const begins = chosen === "sequential" ? 1 : 1 + random.below(Math.min(classes, 3));
  const script: Record<string, readonly string[]> = {};
  const sections: string[][] = Array.from({ length: classes }, () => []);
  const code: string[][] = Array.from({ length: classes }, () => []);
  const callables: Callable[] = [];

  const count = random.below(5);
  for (let index = count; index > 0; index--) {
    const klass = random.below(classes);
    const style = random.pick(["model", "model", "code", "code", "failing", "waiter"] as const);
    const name = `${style === "code" ? "c" : "P"}${index}`;
    const statements = new Statements({
      random,
      kind: chosen,
      klass,
      classes,
      begins,
      callables,
      name,
      style,
    });
    const body = statements.playbook();
    callables.unshift({ name, klass, cost: statements.cost + 2, fails: style === "failing" });
    if (style === "model" || style === "waiter") {
      const described = random.chance(0.2) ? "\nGiven {a} and {1 + 1}.\n" : "";
      sections[klass]!.push(`## ${name}($a)\npublic: true${described}\n### Steps\n- Do it`);
      script[`K${klass}.${name}`] = body;
    } else {
      code[klass]!.push(
        `/**\n * Does ${name}.\n * @public\n */\nexport async function ${name}(a) {\n${body.join("\n")}\n}`,
      );
    }
  }
  // A generator of its own, so that the rest of a seed's program does not depend on the triggers.
  const triggers = new Random(`triggers ${seed}`);
  for (let klass = 0; klass < classes; klass++) if (triggers.chance(0.4)) addTrigger(klass);
  for (let klass = 0; klass < begins; klass++) {
    const statements = new Statements({
      random,
      kind: chosen,
      klass,
      classes,
      begins,
      callables: callables.filter((each) => each.cost < maxEffects),
      name: "Main",
      style: "main",
    });
    sections[klass]!.push("## Main\n### Triggers\n- At the beginning\n### Steps\n- Begin");
    script[`K${klass}.Main`] = statements.playbook();
  }
  for (let klass = 0; klass < classes; klass++) {
    script[`K${klass}.ProcessMessages`] = [
      "for (const m of messages) for (const token of m.text.match(/tok:\\S+/g) ?? []) state.mail = [...(state.mail ?? []), token].sort();\nReturn();",
    ];
  }
  const meeting = chosen === "sequential" ? "" : meetingOf(seed);
  /** The counter of an agent only grows, so the trigger fires once for each agent, whatever the order of events. */
  function addTrigger(klass: number): void {
    const most = 1 + triggers.below(3);
    const says = `await Say("user", "w${klass} " + self.id)`;
    const waits = triggers.chance(0.5) ? "await Sleep(1); " : "";
    if (triggers.chance(0.5)) {
      code[klass]!.push(
        `/** @trigger When $n >= ${most} */\nexport async function Watch() {\n${waits}${says};\n}`,
      );
    } else {
      sections[klass]!.push(`## Watch\n### Triggers\n- When $n is at least ${most}\n### Steps\n- Say it`);
      script[`K${klass}.Watch`] = [`${waits}${says};`, "Return();"];
    }
  }
  const text = sections.map((playbooks, klass) => {
    const module = code[klass]!.length > 0 ? `\n\n\`\`\`js\n${code[klass]!.join("\n\n")}\n\`\`\`` : "";
    return `# K${klass}\nstartup_mode: standby\n\n${playbooks.join("\n\n")}${module}\n`;
  }).join("\n");
  return { seed, kind: chosen, text: text + meeting, script };
}

/**
 * A meeting for some programs: guests vote in the shared state, speak to all and to the owner alone, and a late guest
 * comes. Its result is the same in any order of events.
 */
function meetingOf(seed: string): string {
  const random = new Random(`meeting ${seed}`);
  if (!random.chance(0.3)) return "";
  const guests = 1 + random.below(3);
  const late = random.below(2);
  const attendees = JSON.stringify(Array.from({ length: guests }, () => "Guest"));
  return `
# Owner
\`\`\`js
/** @trigger At the beginning */
export async function Invite() {
  const result = await Meet({ topic: "votes", attendees: ${attendees} });
  await Say("user", "the votes: " + result);
  try { await Say("meeting", "late"); } catch (error) { state.error = error.name; }
}
/** @meeting */
export async function Meet() {
  meeting.sharedState.votes = [];
  await Say("meeting", "vote");
  await votes(${guests});
  if (${late} > 0) await InviteToMeeting("meeting", ["Late"]);
  await votes(${guests + late});
  state.votes = meeting.sharedState.votes.length;
  return [...meeting.sharedState.votes].sort().join();
}
async function votes(count) {
  while (meeting.sharedState.votes.length < count) await WaitForMessage("meeting");
}
\`\`\`

${["Guest", "Late"].map(guestOf).join("\n")}`;
}

function guestOf(name: string): string {
  return `# ${name}
\`\`\`js
/** @meeting */
export async function Meet() {
  for (;;) {
    const messages = await WaitForMessage("meeting");
    if (meeting.hasEnded) return;
    if (state.voted || !messages.some(({ text }) => text === "vote")) continue;
    state.voted = true;
    meeting.sharedState.votes.push("${name}");
    await Say(Math.random() < 0.5 ? "meeting" : "Owner", "voted");
  }
}
\`\`\`
`;
}
