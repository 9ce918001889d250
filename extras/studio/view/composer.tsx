import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { isUnfocused } from "./focus.ts";

type Question = NonNullable<SessionView["now"]["value"]>["questions"][number];

/** A box for answers. It stays for the next question, so that the focus and the text in it are not lost. */
interface Box {
  readonly key: number;
  /** The question to answer; in an idle box, the one before. */
  readonly question: Question;
  readonly isOpen: boolean;
}

/** Open questions, each with a box for the answer. After an answer, the box waits for the next question. */
export function Composer({ view }: { readonly view: SessionView }) {
  const composer = useRef<HTMLDivElement>(null);
  const shown = useRef<readonly Box[]>([]);
  const isFirst = useRef(true);
  const questions = view.now.value?.questions ?? [];
  const focused = composer.current?.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>(".answer")?.dataset.box
    : undefined;
  const before = shown.current;
  const hasWords = (key: number) =>
    !!composer.current?.querySelector<HTMLTextAreaElement>(`[data-box="${key}"] textarea`)?.value.trim();
  const boxes = boxesFor(questions, before).filter(({ isOpen, key }) =>
    isOpen || (canAsk(view) && (hasWords(key) || (questions.length === 0 && String(key) === focused)))
  );
  shown.current = boxes;
  const isNew = questions.some(({ id }) => !before.some(({ question }) => question.id === id));
  useLayoutEffect(() => {
    // A page that opens with a question leaves the focus to the keys of the page.
    const wants = focused !== undefined || (isNew && !isFirst.current && view.position.peek() === undefined);
    if (view.now.peek()) isFirst.current = false;
    const isNowhere = isUnfocused() || document.activeElement?.tagName === "H1";
    if (wants && isNowhere) composer.current?.querySelector("textarea")?.focus({ preventScroll: true });
  });
  if (boxes.length === 0) return null;
  return (
    <div class="composer" ref={composer}>
      {boxes.map((box) => <AnswerBox key={box.key} view={view} box={box} />)}
    </div>
  );
}

/** Whether the program may ask again without a new run. */
function canAsk(view: SessionView): boolean {
  const status = view.summary?.status;
  return !view.now.value?.end && (status === "running" || status === "waiting" || status === "queued");
}

/** Gives each question a box: its own one, else an idle one, else a new one. */
function boxesFor(questions: readonly Question[], before: readonly Box[]): readonly Box[] {
  const open = new Map(questions.map((question) => [question.id, question]));
  const boxes = before.map(({ key, question }): Box => ({
    key,
    question: open.get(question.id) ?? question,
    isOpen: open.has(question.id),
  }));
  let key = Math.max(0, ...before.map((box) => box.key));
  for (const question of questions) {
    if (boxes.some((box) => box.isOpen && box.question.id === question.id)) continue;
    const ofAgent = boxes.findIndex((box) => !box.isOpen && box.question.agent === question.agent);
    const idle = ofAgent >= 0 ? ofAgent : boxes.findIndex(({ isOpen }) => !isOpen);
    if (idle >= 0) boxes[idle] = { key: boxes[idle]!.key, question, isOpen: true };
    else boxes.push({ key: ++key, question, isOpen: true });
  }
  return boxes;
}

function AnswerBox({ view, box }: { readonly view: SessionView; readonly box: Box }) {
  const { question, isOpen, key } = box;
  const form = useRef<HTMLFormElement>(null);
  const text = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const isSending = useSignal(false);
  /** The question that the last words answered. */
  const answered = useSignal<string | undefined>(undefined);
  /** Enter was pressed before the words could be sent. Any change of them takes that back. */
  const isReady = useSignal(false);
  const chosen = useSignal<string | undefined>(undefined);
  const asked = question.persons ?? [question.person];
  const person = chosen.value !== undefined && asked.includes(chosen.value) ? chosen.value : question.person;
  const mayBeEmpty = question.meeting !== undefined && answered.value !== question.id;
  const canSend = isOpen && !isSending.value && (mayBeEmpty || text.value.trim() !== "");
  const send = async () => {
    if (!isReady.value) form.current?.querySelector("textarea")?.focus({ preventScroll: true });
    isReady.value = !canSend && text.value.trim() !== "";
    if (!canSend) return;
    const words = text.value;
    // The next words can be typed while these ones are sent.
    [isSending.value, error.value, text.value] = [true, undefined, ""];
    try {
      const to = question.meeting === undefined ? question.agent : `meeting ${question.meeting}`;
      await view.actions?.post(view.id, { text: words, to, person });
      answered.value = question.id;
    } catch (failure) {
      error.value = spokenError(failure);
      text.value = text.value === "" ? words : `${words}\n${text.value}`;
    } finally {
      isSending.value = false;
    }
    await view.pull();
  };
  useEffect(() => {
    if (isReady.value && canSend) void send();
  });
  const label = `${cleanLine(question.klass)} ${question.agent} asks ${asked.map(cleanLine).join(", ")}`;
  return (
    <form
      class={isOpen ? "answer" : "answer idle"}
      ref={form}
      data-box={key}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {isOpen
        ? <Asks question={question} asked={asked} person={person} choose={(name) => chosen.value = name} />
        : <p class="asks">Waiting for the next question</p>}
      {view.actions
        ? (
          <div class="entry">
            <textarea
              rows={1}
              dir="auto"
              aria-label={`Answer for ${question.klass}`}
              placeholder="Answer, then Enter"
              value={text.value}
              onInput={(event) => [text.value, isReady.value] = [event.currentTarget.value, false]}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
                event.preventDefault();
                void send();
              }}
            />
            <button type="submit" class="primary" aria-disabled={!canSend}>
              Send
            </button>
          </div>
        )
        : null}
      {isOpen && answered.value === question.id && text.value === ""
        ? <p class="hint" role="status">Kept; the program reads it when it runs.</p>
        : null}
      {isReady.value && !isOpen
        ? <p class="hint" role="status">Answers the next question; change a letter to keep it.</p>
        : null}
      {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
    </form>
  );
}

function Asks(
  { question, asked, person, choose }: {
    readonly question: Question;
    readonly asked: readonly string[];
    readonly person: string;
    readonly choose: (name: string) => void;
  },
) {
  return (
    <p class="asks">
      <b>{cleanLine(question.klass)}</b> <span class="id">{question.agent}</span>{" "}
      {question.isAmbient ? "waits for the next words of" : "asks"} <b>{asked.map(cleanLine).join(", ")}</b>
      {asked.length > 1
        ? (
          <label class="person">
            {" as "}
            <select value={person} onChange={(event) => choose(event.currentTarget.value)}>
              {asked.map((name) => <option key={name} value={name}>{cleanLine(name)}</option>)}
            </select>
          </label>
        )
        : null}
    </p>
  );
}
