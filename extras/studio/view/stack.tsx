import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cleanLine, cleanText } from "../../../src/text/mod.ts";
import type { CallReport } from "../../../src/session/mod.ts";
import type { ProgramFile } from "../data/studio_api.ts";
import type { SessionView } from "../state/session_view.ts";
import { clockText, fileName } from "./format.ts";
import { laneClass } from "./names.tsx";

/** The calls on the stack, and the text of the program with their steps marked. */
export function Stack({ view }: { readonly view: SessionView }) {
  const report = view.shown.value;
  const chosen = useSignal<string | undefined>(undefined);
  if (!report) return <p class="empty">Reading …</p>;
  const { calls } = report;
  const current = calls.find(({ id }) => id === chosen.value) ?? innermost(calls);
  return (
    <div class="stack">
      {calls.length === 0
        ? (
          <p class="empty">
            {report.end ? "The program has ended: nothing is on the stack." : "No call is on the stack."}
          </p>
        )
        : (
          <ol class="calls" aria-label="Calls">
            {calls.map((call) => (
              <Call
                key={call.id}
                call={call}
                view={view}
                isCurrent={call === current}
                onChoose={() => chosen.value = call.id}
              />
            ))}
          </ol>
        )}
      <Meetings view={view} />
      <Program view={view} calls={calls} current={current} />
    </div>
  );
}

/** The deepest call of the last thread: the place of the work. */
function innermost(calls: readonly CallReport[]): CallReport | undefined {
  return calls.findLast(({ step }) => step !== undefined) ?? calls.at(-1);
}

function Call(
  { call, view, isCurrent, onChoose }: {
    readonly call: CallReport;
    readonly view: SessionView;
    readonly isCurrent: boolean;
    readonly onChoose: () => void;
  },
) {
  const lane = view.table.agents.findIndex(({ id }) => id === call.agent);
  return (
    <li class={isCurrent ? "call current" : "call"} style={{ "--depth": Math.min(call.depth, 8) }}>
      <button type="button" onClick={onChoose} aria-current={isCurrent}>
        <span class="head">
          <bdi class={`name ${laneClass(lane)}`}>
            {cleanLine(call.klass)} <span class="id">{call.agent}</span>
          </bdi>
          <bdi class="mono what">{cleanLine(call.call)}</bdi>
          <span class="turn">turn {call.turn}</span>
        </span>
        {call.step === undefined ? null : (
          <span class="step">
            <span class="number">{call.step}</span> <bdi>{cleanLine(call.stepText ?? "")}</bdi>
          </span>
        )}
        {call.next.map((action, index) => (
          <span key={index} class="next">{isUnderWay(view) ? textUnderWay(action) : nextText(action)}</span>
        ))}
      </button>
    </li>
  );
}

/** Whether a process works on what is shown. An earlier moment was under way, too. */
function isUnderWay({ summary, position }: SessionView): boolean {
  return position.value !== undefined || summary?.status === "running";
}

/** What the call waits for while a process runs it. */
function textUnderWay(action: CallReport["next"][number]): string {
  switch (action.kind) {
    case "uncertain":
    case "repeat":
      return cleanLine(`waits for the answer of ${action.what}`);
    case "ask model":
      return "asks the model";
    default:
      return nextText(action);
  }
}

/** What the call does when the session goes on. */
function nextText(action: CallReport["next"][number]): string {
  switch (action.kind) {
    case "fetch answer":
      return `fetches answer ${action.id} of ${action.model}`;
    case "ask model":
      return action.isAgain ? "asks the model again" : "asks the model";
    case "wait for call":
      return cleanLine(`waits for ${action.call}`);
    case "wait for words":
      return cleanLine(`waits for words of ${action.from.join(", ")}`) +
        (action.untilMs === undefined ? "" : ` until ${clockText(action.untilMs)}`);
    case "sleep":
      return `sleeps until ${clockText(action.untilMs)}`;
    case "fetch task":
      return cleanLine(`fetches task ${action.id}: ${action.what}`);
    case "repeat":
      return cleanLine(`repeats ${action.what}`);
    case "uncertain":
      return cleanLine(`does not know whether this was done: ${action.what}`);
  }
}

function Meetings({ view }: { readonly view: SessionView }) {
  const meetings = view.shown.value?.meetings ?? [];
  if (meetings.length === 0) return null;
  return (
    <ul class="meetings" aria-label="Meetings">
      {meetings.map(({ id, topic, owner, attendees }) => (
        <li key={id}>
          Meeting {id} about <bdi>{cleanLine(topic)}</bdi>, called by {cleanLine(owner)}, with{" "}
          {attendees.map(({ name, status }) => `${cleanLine(name)} (${status})`).join(", ")}
        </li>
      ))}
    </ul>
  );
}

/** The program's text. The line of the current step is marked, and those of its callers are marked lightly. */
function Program(
  { view, calls, current }: {
    readonly view: SessionView;
    readonly calls: readonly CallReport[];
    readonly current: CallReport | undefined;
  },
) {
  const files = useSignal<readonly ProgramFile[]>([]);
  const text = useRef<HTMLDivElement>(null);
  const isRead = view.now.value !== undefined;
  useEffect(() => {
    view.reader.program(view.id, view.position.peek()).then((read) => files.value = read).catch(() => {});
  }, [view.id, isRead]);
  const failed = calls.length === 0 ? failedPlaces(view.shown.value?.end?.reason) : [];
  const place = placeOf(current?.place) ?? failed[0];
  const file = files.value.find(({ path }) => place && samePath(path, place.file)) ?? files.value[0];
  useEffect(() => {
    const line = text.current?.querySelector<HTMLElement>(".line.current, .line.failed");
    if (line && text.current) text.current.scrollTop = line.offsetTop - text.current.clientHeight / 2;
  }, [place?.line, file]);
  if (!file) return null;
  const marks = new Map<number, string>();
  const mark = (at: Place | undefined, kind: string) => {
    if (at && samePath(file.path, at.file)) marks.set(at.line, kind);
  };
  for (const call of calls) mark(placeOf(call.place), "caller");
  for (const at of failed) mark(at, "failed");
  mark(placeOf(current?.place), "current");
  return (
    <div class="program">
      <h3>{cleanLine(fileName(file.path))}</h3>
      <div class="text" ref={text} tabIndex={0} role="region" aria-label="Text of the program">
        {cleanText(file.text).split("\n").map((line, index) => (
          <div key={index} class={`line ${marks.get(index + 1) ?? ""} ${lineKind(line)}`}>
            <span class="number" aria-hidden="true">{index + 1}</span>
            <bdi>{line === "" ? " " : line}</bdi>
            {marks.get(index + 1) === "current" ? <span class="hidden">(current step)</span> : null}
            {marks.get(index + 1) === "failed" ? <span class="hidden">(failed here)</span> : null}
          </div>
        ))}
      </div>
    </div>
  );
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Reads `shop.pb:12`. */
function placeOf(text = ""): Place | undefined {
  const [, file, line] = /^(.*):(\d+)$/.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}

/** The lines of code that an error names, the innermost first: `no rate (shop.pb:8) (shop.pb:18)`. */
export function failedPlaces(reason = ""): readonly Place[] {
  return [...reason.matchAll(/\(([^()\s]{1,300}:\d{1,9})\)/g)].flatMap(([, text]) => placeOf(text) ?? []);
}

/** Whether two paths name one file: a journal may have a shorter one. */
export function samePath(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

function lineKind(line: string): string {
  return /^#{1,2}\s/.test(line) ? "heading" : /^###\s/.test(line) ? "part" : "";
}
