import { signal, useSignal } from "@preact/signals";
import { cleanLine } from "../../../src/text/mod.ts";
import { goTo } from "../state/route.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { Dialog } from "./dialog.tsx";
import { countText } from "./format.ts";

/** A value to change in a fork. `text` is its present text. */
type EditedValue =
  | { readonly kind: "state"; readonly agent: string; readonly name: string; readonly text: string }
  | { readonly kind: "local"; readonly name: string; readonly text: string }
  /** `call` is the call whose result it is: `RateOf("YEN")`. */
  | { readonly kind: "result"; readonly position: number; readonly text: string; readonly call?: string };

interface ForkPlan {
  readonly view: SessionView;
  readonly position?: number;
  readonly edit?: EditedValue;
}

const plan = signal<ForkPlan | undefined>(undefined);

/** Opens the dialog that makes a fork. */
export function openFork(view: SessionView, options: Omit<ForkPlan, "view">): void {
  plan.value = { view, ...options };
}

/** The dialog that makes a fork, if it is open. */
export function ForkDialog() {
  if (!plan.value) return null;
  return <ForkForm key={JSON.stringify([plan.value.position, plan.value.edit])} plan={plan.value} />;
}

function ForkForm({ plan: { view, position, edit } }: { readonly plan: ForkPlan }) {
  const name = useSignal("");
  const value = useSignal(edit ? asJson(edit.text) : "");
  const resumes = useSignal(true);
  const error = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const close = () => void (plan.value = undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    const parsed = edit ? parsedValue(value.value) : undefined;
    if (parsed && "error" in parsed) return void (error.value = parsed.error);
    isBusy.value = true;
    try {
      const made = await makeFork(view, {
        position,
        name: name.value.trim(),
        set: edit && parsed ? { [targetOf(edit)]: parsed.value } : {},
        run: resumes.value,
      });
      close();
      goTo({ session: made });
    } catch (failure) {
      error.value = spokenError(failure);
    } finally {
      isBusy.value = false;
    }
  };
  const offered = offeredPosition(error.value);
  const goBack = (earlier: number, edited: EditedValue) => {
    view.goTo(earlier);
    openFork(view, { position: earlier, edit: { ...edited, text: value.value } });
  };
  return (
    <Dialog title={titleOf(view, edit)} onClose={close}>
      <form onSubmit={submit}>
        <p class="hint">{placeText(position, edit)} The session itself stays as it is.</p>
        {edit
          ? (
            <label class="field">
              <span>New value, as JSON</span>
              <textarea
                rows={Math.min(12, 2 + value.value.split("\n").length)}
                spellcheck={false}
                class="mono"
                value={value.value}
                onInput={(event) => value.value = event.currentTarget.value}
                data-autofocus
              />
            </label>
          )
          : null}
        <label class="field">
          <span>Name of the fork (may be empty)</span>
          <input
            type="text"
            maxLength={80}
            value={name.value}
            onInput={(event) => name.value = event.currentTarget.value}
            {...(edit ? {} : { "data-autofocus": true })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={resumes.value}
            onChange={(event) => resumes.value = event.currentTarget.checked}
          />
          <span>Let the fork go on at once</span>
        </label>
        {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
        {offered === undefined || !edit ? null : (
          <p>
            <button type="button" onClick={() => goBack(offered, edit)}>
              Go to entry {countText(offered)}
            </button>
          </p>
        )}
        <p class="buttons">
          <button type="button" class="quiet" onClick={close}>Cancel</button>
          <button type="submit" class="primary" disabled={isBusy.value}>Fork</button>
        </p>
      </form>
    </Dialog>
  );
}

interface Fork {
  readonly position: number | undefined;
  readonly name: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly run: boolean;
}

async function makeFork(view: SessionView, { position, name, ...fork }: Fork): Promise<string> {
  const { actions } = view;
  if (!actions) throw new Error("A saved page cannot make a fork; open the session in playbooks studio");
  return await actions.fork(view.id, {
    ...fork,
    ...(position === undefined ? {} : { position }),
    ...(name === "" ? {} : { name }),
  });
}

/** `Set $country of Clerk and fork`. The id is added if several agents have the class. */
function titleOf({ table }: SessionView, edit: EditedValue | undefined): string {
  switch (edit?.kind) {
    case undefined:
      return "Fork the session";
    case "state": {
      const { klass = edit.agent } = table.agents.find(({ id }) => id === edit.agent) ?? {};
      const isOne = table.agents.filter((agent) => agent.klass === klass).length < 2;
      return cleanLine(`Set $${edit.name} of ${klass}${isOne ? "" : ` ${edit.agent}`} and fork`);
    }
    case "local":
      return cleanLine(`Set ${edit.name} and fork`);
    case "result":
      return edit.call === undefined
        ? `Set the result of entry ${countText(edit.position)} and fork`
        : cleanLine(`Return another result from ${edit.call} and fork`);
  }
}

/** Finds the position that an error offers: `…; the nearest earlier place is @21`. */
function offeredPosition(error = ""): number | undefined {
  const [, position] = /the nearest earlier place is @(\d{1,15})$/.exec(error) ?? [];
  return position === undefined ? undefined : Number(position);
}

function placeText(position: number | undefined, edit: EditedValue | undefined): string {
  if (edit?.kind === "result") {
    return `A fork is a new session with the entries before ${
      countText(edit.position)
    } and this result in its place.`;
  }
  return position === undefined
    ? "A fork is a new session with the same entries, up to the end of the program."
    : `A fork is a new session with the first ${countText(position)} entries.`;
}

/** The target as the command line writes it. */
function targetOf(edit: EditedValue): string {
  switch (edit.kind) {
    case "state":
      return `${edit.agent}.state.${edit.name}`;
    case "local":
      return `local.${edit.name}`;
    case "result":
      return `result@${edit.position}`;
  }
}

function parsedValue(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return {
      error:
        'This is not JSON. Write a text in quotes: "like this". Numbers, true, false, null and lists are fine.',
    };
  }
}

/** A shown value as JSON, if it can be: names of fields get quotes. A text that was cut stays as it is. */
function asJson(text: string): string {
  const quoted = text.replace(
    /"(?:\\.|[^"\\])*"|([A-Za-z_$][\w$]*)(?=: )/g,
    (part, name?: string) => name === undefined ? part : `"${name}"`,
  );
  try {
    return JSON.stringify(JSON.parse(quoted), null, 2);
  } catch {
    return text === "undefined" ? "" : text;
  }
}
