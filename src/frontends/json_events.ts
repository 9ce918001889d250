import { z } from "zod";

/**
 * The lines of `--json`. These descriptions are the one source of the types below, of docs/reference/json.md and of
 * docs/reference/json.schema.json. Only tests and documents load them: a run needs the types alone.
 *
 * A field or a type of event may be added within a version of the schema. Nothing is renamed, removed or given another
 * meaning without a new version.
 */

const agent = z.string().describe("Id of the agent");
const klass = z.string().describe("Class of the agent");
const playbook = z.string().describe("Name of the playbook");
const text = z.string();
const count = z.int().nonnegative();
const session = z.string().nullable().describe("Id of the session; null if nothing is kept");

/** Fields of every line. */
const line = {
  time: z.iso.datetime().describe("When the line was written, UTC"),
  position: count.describe("Number of the journal entry that the line comes from; 0 before the first"),
};

/** An agent in its playbook. */
const place = { agent, klass, playbook };

const person = z.strictObject({
  name: z.string().describe("The name in code, in events and in the journal"),
  displayName: z.string().describe("The name that people see"),
  id: z.string().optional().describe("Id of the agent that stands for the person"),
  streams: z.boolean().describe("Words to this person may be shown while a model writes them"),
});

function lineOf<Type extends string, Shape extends z.core.$ZodLooseShape>(
  type: Type,
  meaning: string,
  shape: Shape,
) {
  return z.strictObject({ type: z.literal(type), ...line, ...shape }).describe(meaning);
}

/** Every line of `run --json` and `resume --json`. */
export const jsonLine = z.discriminatedUnion("type", [
  lineOf("session", "The first line, if there is a session", {
    schema: z.literal(1).describe("Version of this schema"),
    version: z.string().describe("Version of playbooks"),
    session,
    name: z.string().optional().describe("Name of the session"),
    resumed: z.boolean().describe("The session was begun by an earlier run"),
  }),
  lineOf("run", "A process starts to run the session", {
    token: count.describe("Number of its lease; grows with each run"),
    model: z.string(),
    atMs: z.number().describe("Milliseconds since 1970"),
  }),
  lineOf("persons", "The persons who can answer", {
    names: z.array(z.string()).readonly(),
    people: z.array(person).readonly(),
  }),
  lineOf(
    "say",
    "Words of an agent to a person. Each is written once in the life of a session, also over kills",
    {
      agent,
      klass,
      to: z.string().describe("`user`, a person's name, or `meeting 100`"),
      hearers: z.array(z.string()).readonly().optional().describe("The persons in the meeting who hear it"),
      text,
    },
  ),
  lineOf("heard", "Words of a person to an agent", {
    agent,
    klass,
    from: z.string().describe("The person's name"),
    text,
    key: z.string().optional().describe("The key under which it was posted"),
  }),
  lineOf("ask", "A question: one line of standard input answers it", {
    id: z.string().describe("The same in each run of the session"),
    agent,
    klass,
    person: z.string().describe("The person who is asked; the first one of several"),
    persons: z.array(z.string()).readonly().optional().describe("All who are asked, if there are several"),
    said: z.string().optional().describe("The agent's last words to this person before the question"),
    isAmbient: z.literal(true).optional().describe("No playbook waits: `exit` ends the program"),
    meeting: z.string().optional().describe("It waits for words in this meeting"),
  }),
  lineOf("agent", "An agent was created", {
    agent,
    klass,
    atStart: z.literal(true).optional().describe("It exists from the start"),
  }),
  lineOf("call", "A playbook begins", { ...place, depth: count.describe("0 for the first playbook") }),
  lineOf("return", "A playbook ended", {
    ...place,
    ok: z.boolean(),
    error: z.string().optional().describe("Why the agent's part in a meeting failed"),
  }),
  lineOf("turn", "A model is asked", { ...place, turn: count }),
  lineOf("completion", "The model's answer arrived", {
    ...place,
    turn: count,
    inputTokens: z.number(),
    outputTokens: z.number(),
    costUsd: z.number().optional().describe("Absent if the price is not known"),
  }),
  lineOf("text", "A part of the model's answer, as it arrives", { agent, text }),
  lineOf("thought", "A part of the model's thoughts, as it arrives", { agent, klass, text }),
  lineOf("withdrawn", "The text so far was a thought of the model, and not its answer", { agent }),
  lineOf("step", "A step of a playbook", {
    ...place,
    step: z.string().describe("Its number"),
    text: z.string().optional(),
  }),
  lineOf("trigger", "A trigger fired", { agent, text }),
  lineOf("log", "A line of the program's log", { agent, klass, text }),
  lineOf("message", "A message between agents", {
    from: z.string().describe("Id of the agent"),
    fromKlass: z.string(),
    to: z.string().describe("Id of an agent, or `meeting 100`"),
    toKlass: z.string().describe("Empty for a meeting"),
    text,
  }),
  lineOf("meeting", "A meeting begins; `agent` owns it", {
    meeting: z.string(),
    topic: z.string(),
    agent,
    klass,
    participants: z.array(z.string()).readonly(),
  }),
  lineOf("wait", "An agent waits", { agent, klass, for: z.array(z.string()).readonly() }),
  lineOf("sleep", "An agent sleeps", {
    agent,
    klass,
    untilMs: z.number().describe("Milliseconds since 1970"),
  }),
  lineOf("repair", "The code of an answer failed; the model gets the error", { ...place, error: z.string() }),
  lineOf("retrying", "A model did not answer; it is asked again", {
    agent,
    klass,
    attempt: count,
    waitMs: z.number(),
    reason: z.string(),
  }),
  lineOf("tools", "A tool server was reached", {
    server: z.string(),
    tools: z.array(z.string()).readonly().describe("Names of its tools"),
  }),
  lineOf("progress", "A tool server works on a call", {
    agent,
    klass,
    tool: z.string().describe("As in `Files.read_file`"),
    progress: z.number().optional(),
    total: z.number().optional(),
    message: z.string().optional(),
  }),
  lineOf("checkpoint", "A checkpoint was written", {}),
  lineOf("notice", "A message of playbooks itself", { level: z.enum(["info", "warning"]), text }),
  lineOf("program-end", "The program ended", {
    status: z.enum(["completed", "failed"]),
    reason: z.string().optional(),
  }),
  lineOf("end", "The last line, always: also after wrong usage, an error or a signal", {
    schema: z.literal(1).describe("Version of this schema"),
    session,
    status: z.enum(["completed", "failed", "stopped", "waiting", "queued"]).describe(
      "How the run ended; with `--plan`, the status of the session",
    ),
    exit: count.describe("Exit code of the process"),
    message: z.string().optional().describe("Why it failed or stopped, if the status does not say enough"),
    next: z.string().optional().describe(
      "The command for what comes next: resume, or sessions show after a failure; absent if there is none",
    ),
  }),
]).meta({ title: "A line of playbooks run --json and playbooks resume --json" });

/** A line of `--json`, as the schema describes it. */
export type JsonLine = z.infer<typeof jsonLine>;
