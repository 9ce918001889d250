import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine, cleanText, jsonOrText } from "../../../src/text/mod.ts";
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
  /** The row in which the failed call or effect began. */
  readonly begun: number;
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
  if (row < 0) return { row, begun: row, position: end, before: Math.max(1, end - 1), hasResult: false };
  const begun = table.spans.find(({ to }) => to === row)?.from ?? row;
  return {
    row,
    begun,
    position: table.entries[row]!,
    before: Math.max(1, table.entries[begun]! - 1),
    hasResult: table.kindOf(row) !== "turn-failed",
  };
}

/** Reads the text of the call that failed: `RateOf("YEN")`. */
function useCallText(view: SessionView, { row, begun, hasResult }: FailedRow): string | undefined {
  const text = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (!hasResult) return;
    Promise.all([begun, row].map((from) => view.reader.rows(view.id, { from, limit: 1 }))).then((read) => {
      text.value = read.flat().map((item) => "call" in item ? item.call : undefined).find((call) => call);
    }).catch(() => {});
  }, [view, row, begun, hasResult]);
  return text.value;
}

function FailureActions({ view, position }: { readonly view: SessionView; readonly position: number }) {
  void view.growth.value;
  const failed = failedRow(view, position);
  const show = () => {
    view.openRow.value = undefined;
    view.tab.value = "variables";
    view.goTo(failed.before);
  };
  const call = useCallText(view, failed);
  const setResult = () =>
    openFork(view, {
      edit: {
        kind: "result",
        position: failed.position,
        text: "",
        ...(call === undefined ? {} : { call }),
      },
    });
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
            {call === undefined ? "Return another result" : cleanLine(`Return another result from ${call}`)}
          </button>
        )
        : null}
    </p>
  );
}

function focusNow(box: HTMLTextAreaElement | null): void {
  box?.focus();
}

type OpenEffect = NonNullable<SessionView["now"]["value"]>["openEffects"][number];

const choices: readonly { readonly choice: Decision; readonly text: string; readonly title: string }[] = [
  { choice: "retry", text: "Do it again", title: "It is sent once more, with the same idempotency key" },
  { choice: "skip", text: "Go on without it", title: "The call gives the program an error" },
  { choice: "fail", text: "Stay stopped", title: "The session stays as it is" },
];

function UncertainNotice({ view, effect }: { readonly view: SessionView; readonly effect: OpenEffect }) {
  const error = useSignal<string | undefined>(undefined);
  const isChosen = useSignal(false);
  /** The result that a person gives, while it is written. */
  const result = useSignal<string | undefined>(undefined);
  const decide = async (choice: Decision) => {
    [isChosen.value, error.value] = [true, undefined];
    try {
      await view.actions?.decide(view.id, effect.id, choice);
      await view.pull();
    } catch (failure) {
      [isChosen.value, error.value] = [false, spokenError(failure)];
    }
  };
  const giveResult = (event: Event) => {
    event.preventDefault();
    void decide({ result: jsonOrText(result.value ?? "") });
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
            <button
              type="button"
              title="The program goes on with the result that you know"
              aria-expanded={result.value !== undefined}
              disabled={isChosen.value}
              onClick={() => result.value = result.value === undefined ? "" : undefined}
            >
              It was done …
            </button>
            {choices.map(({ choice, text, title }) => (
              <button
                key={choice}
                type="button"
                title={title}
                disabled={isChosen.value}
                onClick={() => decide(choice)}
              >
                {text}
              </button>
            ))}
          </p>
        )
        : null}
      {result.value === undefined ? null : (
        <form class="entry" onSubmit={giveResult}>
          <textarea
            rows={1}
            class="mono"
            spellcheck={false}
            aria-label="Its result, as JSON or text"
            placeholder="Its result, as JSON or text"
            value={result.value}
            ref={focusNow}
            onInput={(event) => result.value = event.currentTarget.value}
          />
          <button type="submit" class="primary" disabled={isChosen.value}>Go on with it</button>
        </form>
      )}
    </section>
  );
}
