import { cutText, durationInWords } from "../text/mod.ts";
import type { StoryAgent, StoryItem } from "../session/mod.ts";
import { counted } from "./counted.ts";
import { localTime } from "./local_time.ts";
import { thousands } from "./thousands.ts";

/** A line of the story, before it is wrapped. */
export interface StoryLine {
  /** Its look on a terminal. */
  readonly style: "plain" | "dim" | "strong" | "wrong";
  readonly text: string;
}

/** What a reader of a story wants to see. */
export interface StoryDetail {
  /** Only words and messages. */
  readonly words: boolean;
  /** The whole code of each turn. */
  readonly code: boolean;
  /** Values and words whole. */
  readonly full: boolean;
}

type Item<Type extends StoryItem["type"]> = Extract<StoryItem, { readonly type: Type }>;

/** The heading of a call's turn: `Buyer(1002) MakeAnOffer, turn 1`; `undefined` for an item outside of calls. */
export function headingOf({ agent, frame }: StoryItem): string | undefined {
  if (!frame || !agent) return undefined;
  return `${storyName(agent)} ${frame.playbook}, turn ${frame.turn}`;
}

/** Whether an item of a new call stands below the heading of its caller. The turn of the call has its heading later. */
export function isOfCaller(item: StoryItem): boolean {
  return item.type === "call" && item.by === "playbook";
}

/** The lines of an item below its heading. */
export function storyLines(item: StoryItem, detail: StoryDetail): readonly StoryLine[] {
  const line = lineOf(item, detail);
  if (line === undefined) return [];
  const shortened = detail.full ? line.text : cutText(line.text, { maxCharacters: maxLineCharacters });
  return [{ ...line, text: shortened }, ...codeLines(item, detail)];
}

/** About four lines of a narrow terminal. */
const maxLineCharacters = 300;

/** Whether a story of words alone has an item. */
export function isOfWords({ type }: StoryItem): boolean {
  return type === "words" || type === "begin" || type === "run" || type === "end" || type === "meeting";
}

/** An agent as `Seller(1000)`; a person or a meeting by its name. */
export function storyName({ id, klass }: StoryAgent): string {
  return klass === "" ? id : `${klass}(${id})`;
}

function lineOf(item: StoryItem, detail: StoryDetail): StoryLine | undefined {
  switch (item.type) {
    case "begin":
      return strong(`The session begins: ${item.files.join(", ")}, model ${item.model}${beginning(item)}`);
    case "run":
      return runLine(item);
    case "agent":
      return item.isAtStart ? undefined : dim(`+ ${storyName(item.agent!)}`);
    case "call":
      return callLine(item);
    case "ask":
      return undefined;
    case "answer":
      return answerLine(item, detail);
    case "code":
      return dim(`runs its code, ${counted(item.code.trimEnd().split("\n").length, "line")}`);
    case "lost":
      return wrong(`${item.model} gave no answer to ${counted(item.requests, "request")}`);
    case "accepted":
      return dim(`${item.model} makes answer ${item.id} in the background`);
    case "step":
      return dim(item.text === undefined ? `step ${item.step}` : `${item.step} ${item.text}`);
    case "set":
      return dim(item.variables.map(setText).join(", "));
    case "start":
      return startLine(item);
    case "effect":
      return effectLine(item);
    case "words":
      return plain(`${storyName(item.from)} → ${storyName(item.to)}: ${item.text}`);
    case "meeting":
      return strong(meetingText(item));
    case "trigger":
      return dim(
        item.by === "armed again"
          ? `The trigger of ${item.playbook} can fire again: ${item.trigger}`
          : `Trigger of ${item.playbook}: ${item.trigger}`,
      );
    case "log":
      return dim(item.text);
    case "tools":
      return dim(`Tool server ${item.server} has ${counted(item.tools.length, "tool")}`);
    case "task":
      return dim(`${item.call} became task ${item.id} of its server`);
    case "turn-failed": {
      const place = item.line === undefined ? "" : ` in line ${item.line}`;
      const source = item.source === undefined ? "" : `: ${item.source.trim()}`;
      return wrong(`✗ The code failed${place}: ${item.error}${source === "" ? "" : ` (${source.slice(2)})`}`);
    }
    case "turn-refused":
      return dim("The answer did not run: it would have judged words that the model had not read");
    case "redo":
      return strong(`The edited code runs again from ${item.call}`);
    case "edit":
      return strong(editText(item));
    case "return":
      return returnLine(item);
    case "end":
      return item.status === "completed"
        ? strong("The program ends: completed")
        : wrong(`✗ The program failed${item.reason === undefined ? "" : `: ${item.reason}`}`);
  }
}

/** `ann@host changed $country of Clerk(1000) from "Italia" to "Italy"` */
function editText({ by, target, agent, before, value }: Item<"edit">): string {
  const [kind, name] = target.split(/[.@](.*)/s);
  const what = kind === "state" ? `$${name}` : kind === "result" ? `the result of entry ${name}` : name;
  return `${by} changed ${what}${agent ? ` of ${storyName(agent)}` : ""} from ${before} to ${value}`;
}

function beginning({ parameters, call }: Item<"begin">): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name} = ${value}`);
  const parts = [...given, ...(call === undefined ? [] : [`--call ${call}`])];
  return parts.length === 0 ? "" : `, with ${parts.join(", ")}`;
}

function runLine({ pid, host, stoppedMs, waited, edited, isPinned, model }: Item<"run">): StoryLine {
  if (stoppedMs === undefined) return dim(`Process ${pid} on ${host} runs it`);
  const edit = edited ? `; edited since: ${edited.join(", ")}` : "";
  const pin = isPinned ? "; calls on the stack keep the old text" : "";
  const style = waited && !edited ? dim : strong;
  return style(
    `${waited ? "Waited" : "Stopped"} here; resumed ${durationInWords(stoppedMs)} later by process ${pid} ` +
      `on ${host}, model ${model}${edit}${pin}`,
  );
}

/** A thread begins with its heading, which names the playbook. */
function callLine({ by, call, agent }: Item<"call">): StoryLine | undefined {
  switch (by) {
    case "playbook":
      return dim(`→ ${storyName(agent!)} ${call}`);
    case "messages":
    case "meeting":
      return undefined;
    case "begin":
    case "call":
    case "trigger":
      return call.endsWith("()") ? undefined : dim(`begins ${call}`);
  }
}

function answerLine(item: Item<"answer">, { code }: StoryDetail): StoryLine | undefined {
  const { isRehearsal, model, inputTokens, outputTokens, cachedTokens, costUsd, finish, tookMs } = item;
  if (isRehearsal) return code ? dim(`${model} answers`) : undefined;
  const time = tookMs === undefined ? "" : ` in ${seconds(tookMs)}`;
  const cached = cachedTokens > 0 ? ` (${thousands(cachedTokens)} cached)` : "";
  const cost = costUsd === undefined ? "" : `, $${costUsd.toFixed(4)}`;
  const cut = finish === undefined ? "" : `, cut off: ${finish}`;
  return dim(
    `${model} answers${time}: ${thousands(inputTokens)} tokens in${cached}, ` +
      `${thousands(outputTokens)} out${cost}${cut}`,
  );
}

function codeLines(item: StoryItem, detail: StoryDetail): readonly StoryLine[] {
  if (!detail.code || (item.type !== "answer" && item.type !== "code")) return [];
  return item.code.trimEnd().split("\n").map((line) => dim(`│ ${line}`));
}

function setText({ name, value, added }: Item<"set">["variables"][number]): string {
  if (value === undefined) return `$${name} is deleted`;
  return added ? `$${name} gains ${value}` : `$${name} = ${value}`;
}

function startLine({ call, wait }: Item<"start">): StoryLine {
  switch (wait.kind) {
    case "messages": {
      const until = wait.untilMs === undefined ? "" : ` until ${localTime(wait.untilMs)}`;
      return dim(`waits for ${wait.from.map(storyName).join(", ")}${until}`);
    }
    case "sleep":
      return dim(`sleeps until ${localTime(wait.untilMs)}`);
    case "outside":
      return plain(`${call} begins: ${wait.what}`);
  }
}

function effectLine(item: Item<"effect">): StoryLine | undefined {
  const { call, outcome, created, took, saved, invited, isGiven } = item;
  if (!outcome.ok) return outcome.isCancelled ? undefined : wrong(`✗ ${call}: ${outcome.error}`);
  // The new agent and the words that were taken have lines of their own.
  if (created || (took ?? 0) > 0) return undefined;
  if (invited) return plain(`invites ${invited.map(storyName).join(", ")}`);
  const kept = saved && saved.length > 0 ? ` (artifact ${saved.join(", ")})` : "";
  const given = isGiven ? " (given by a person)" : "";
  return plain(`${call}${outcome.value === undefined ? "" : ` → ${outcome.value}`}${kept}${given}`);
}

function returnLine({ outcome, summary, frame }: Item<"return">): StoryLine {
  const playbook = frame?.playbook ?? "The playbook";
  if (!outcome.ok) return wrong(`✗ ${playbook} fails: ${outcome.error}`);
  const value = outcome.value === undefined ? "" : ` ${outcome.value}`;
  return dim(`← ${playbook} returns${value}${summary === undefined ? "" : ` (${summary})`}`);
}

function meetingText({ meeting, news, topic, participants, why, agent }: Item<"meeting">): string {
  const about = topic === undefined ? "" : ` about ${topic}`;
  const who = agent ? storyName(agent) : "";
  switch (news) {
    case "called":
      return `${who} calls meeting ${meeting}${about} with ${participants?.map(storyName).join(", ") ?? ""}`;
    case "begins":
      return `Meeting ${meeting} begins`;
    case "ends":
      return `Meeting ${meeting}${about} ends`;
    case "joined":
      return `${who} joins meeting ${meeting}`;
    case "refused":
      return `${who} does not join meeting ${meeting}: ${why}`;
  }
}

function plain(text: string): StoryLine {
  return { style: "plain", text };
}

function dim(text: string): StoryLine {
  return { style: "dim", text };
}

function strong(text: string): StoryLine {
  return { style: "strong", text };
}

function wrong(text: string): StoryLine {
  return { style: "wrong", text };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
