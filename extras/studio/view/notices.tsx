import { useSignal } from "@preact/signals";
import { cleanLine, cleanText } from "../../../src/text/mod.ts";
import type { Decision } from "../../../src/session/mod.ts";
import type { Failure } from "../data/studio_api.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { openFork } from "./fork_dialog.tsx";
import { clockText } from "./format.ts";

/** What a person must know or decide: an error of the page, a failure, uncertain effects. */
export function Notices({ view }: { readonly view: SessionView }) {
  const now = view.now.value;
  const isStopped = view.summary?.status !== "running";
  const uncertain = isStopped ? now?.openEffects.filter((each) => !each.isRepeatable) ?? [] : [];
  return (
    <div class="notices">
      {view.error.value === undefined
        ? null
        : <p class="notice wrong" role="alert">{cleanText(view.error.value)}</p>}
      {view.failure.value ? <FailureNotice view={view} failure={view.failure.value} /> : null}
      {uncertain.map((effect) => <UncertainNotice key={effect.id} view={view} effect={effect} />)}
    </div>
  );
}

function FailureNotice({ view, failure }: { readonly view: SessionView; readonly failure: Failure }) {
  const { reason, position } = failure;
  return (
    <section class="notice wrong" aria-label="Failure">
      <div>
        <h2>The program failed</h2>
        <p class="reason">
          <bdi>{cleanText(reason ?? "No reason was kept.")}</bdi>
        </p>
        <p class="place">
          <bdi>{failurePlace(failure)}</bdi>
        </p>
      </div>
      <FailureActions view={view} position={position} />
    </section>
  );
}

/** `In RateOf of Exchange 1000, turn 1, step 02: "Find the rate"` */
function failurePlace({ agent, playbook, turn, step, stepText }: Failure): string {
  if (playbook === undefined) return "";
  const of = agent ? ` of ${agent.klass} ${agent.id}` : "";
  const at = step === undefined ? "" : `, step ${step}${stepText === undefined ? "" : `: “${stepText}”`}`;
  return cleanLine(`In ${playbook}${of}${turn === undefined ? "" : `, turn ${turn}`}${at}`);
}

interface FailedRow {
  readonly row: number;
  readonly position: number;
  /** The position before the failed call or effect began: there, a change can still help. */
  readonly before: number;
  /** The result can be set in a fork. */
  readonly hasResult: boolean;
}

/** The first row of the error: an error passes from a call to its callers. */
function failedRow({ table }: SessionView, end: number): FailedRow {
  const isFailed = (row: number) => row >= 0 && table.kindOf(row).endsWith("failed");
  let row = table.rowAt(end);
  while (row >= 0 && !isFailed(row)) row--;
  while (isFailed(row - 1)) row--;
  // Code that nobody called has no row of its own.
  if (row < 0) return { row, position: end, before: Math.max(1, end - 1), hasResult: false };
  const begun = table.spans.find(({ to }) => to === row)?.from ?? row;
  return {
    row,
    position: table.entries[row]!,
    before: Math.max(1, table.entries[begun]! - 1),
    hasResult: table.kindOf(row) !== "turn-failed",
  };
}

function FailureActions({ view, position }: { readonly view: SessionView; readonly position: number }) {
  void view.growth.value;
  const failed = failedRow(view, position);
  const show = () => {
    view.openRow.value = undefined;
    view.tab.value = "variables";
    view.goTo(failed.before);
  };
  const setResult = () => openFork(view, { edit: { kind: "result", position: failed.position, text: "" } });
  return (
    <p class="buttons">
      <button type="button" onClick={show} title="Then set a variable there, in a fork that goes on from it">
        Show the moment before
      </button>
      {failed.hasResult && view.actions
        ? (
          <button
            type="button"
            onClick={setResult}
            title="A fork goes on as if the call had given this result"
          >
            Go on with another result
          </button>
        )
        : null}
    </p>
  );
}

type OpenEffect = NonNullable<SessionView["now"]["value"]>["openEffects"][number];

const choices: readonly { readonly choice: Decision; readonly text: string; readonly title: string }[] = [
  { choice: "retry", text: "Do it again", title: "It is sent once more, with the same idempotency key" },
  {
    choice: "skip",
    text: "It was done",
    title: "The program goes on as if it had been done, without its answer",
  },
  { choice: "fail", text: "Stay stopped", title: "The session stays as it is" },
];

function UncertainNotice({ view, effect }: { readonly view: SessionView; readonly effect: OpenEffect }) {
  const error = useSignal<string | undefined>(undefined);
  const chosen = useSignal<Decision | undefined>(undefined);
  const decide = async (choice: Decision) => {
    try {
      await view.actions?.decide(view.id, effect.id, choice);
      chosen.value = choice;
      await view.pull();
    } catch (failure) {
      error.value = spokenError(failure);
    }
  };
  return (
    <section class="notice unsure" aria-label="Uncertain effect">
      <div>
        <h2>Was this done?</h2>
        <p class="reason">
          <bdi class="mono">{cleanText(effect.what)}</bdi>
        </p>
        <p class="place">
          {cleanLine(effect.playbook)} began it at{" "}
          {clockText(effect.startedAtMs)}, and the process stopped before the answer came. Only you can find
          out whether it took place.
        </p>
        {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
      </div>
      {view.actions
        ? (
          <p class="buttons">
            {choices.map(({ choice, text, title }) => (
              <button
                key={choice}
                type="button"
                title={title}
                disabled={chosen.value !== undefined}
                onClick={() => decide(choice)}
              >
                {text}
              </button>
            ))}
          </p>
        )
        : null}
    </section>
  );
}

/** Open questions, each with a box for the answer. */
export function Composer({ view }: { readonly view: SessionView }) {
  const questions = view.now.value?.questions ?? [];
  if (questions.length === 0) return null;
  return (
    <div class="composer">
      {questions.map((question) => <AnswerBox key={question.id} view={view} question={question} />)}
    </div>
  );
}

type Question = NonNullable<SessionView["now"]["value"]>["questions"][number];

function AnswerBox({ view, question }: { readonly view: SessionView; readonly question: Question }) {
  const text = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const isSending = useSignal(false);
  const isSent = useSignal(false);
  const person = useSignal(question.person);
  const send = async () => {
    if (isSending.value || (text.value.trim() === "" && question.meeting === undefined)) return;
    isSending.value = true;
    error.value = undefined;
    try {
      const to = question.meeting === undefined ? question.agent : `meeting ${question.meeting}`;
      await view.actions?.post(view.id, { text: text.value, to, person: person.value });
      text.value = "";
      isSent.value = true;
      await view.pull();
    } catch (failure) {
      error.value = spokenError(failure);
    } finally {
      isSending.value = false;
    }
  };
  const asked = question.persons ?? [question.person];
  const label = `${cleanLine(question.klass)} ${question.agent} asks ${asked.map(cleanLine).join(", ")}`;
  return (
    <form
      class="answer"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p class="asks">
        <b>{cleanLine(question.klass)}</b> <span class="id">{question.agent}</span>{" "}
        {question.isAmbient ? "waits for the next words of" : "asks"} <b>{asked.map(cleanLine).join(", ")}</b>
        {asked.length > 1 ? <PersonChoice names={asked} person={person} /> : null}
      </p>
      {view.actions
        ? (
          <div class="entry">
            <textarea
              rows={1}
              dir="auto"
              aria-label={`Answer for ${question.klass}`}
              placeholder="Answer, then Enter"
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value;
                isSent.value = false;
              }}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
                event.preventDefault();
                void send();
              }}
            />
            <button type="submit" class="primary" disabled={isSending.value || text.value.trim() === ""}>
              Send
            </button>
          </div>
        )
        : null}
      {isSent.value ? <p class="hint" role="status">Kept; the program reads it when it runs.</p> : null}
      {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
    </form>
  );
}

function PersonChoice(
  { names, person }: { readonly names: readonly string[]; readonly person: { value: string } },
) {
  return (
    <label class="person">
      {" as "}
      <select value={person.value} onChange={(event) => person.value = event.currentTarget.value}>
        {names.map((name) => <option key={name} value={name}>{cleanLine(name)}</option>)}
      </select>
    </label>
  );
}
