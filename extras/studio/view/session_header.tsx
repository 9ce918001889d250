import { useSignal } from "@preact/signals";
import { cleanLine } from "../../../src/text/mod.ts";
import { addressOf, goTo } from "../state/route.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { Dialog } from "./dialog.tsx";
import { openFork } from "./fork_dialog.tsx";
import { agoText, countText, dollars, fileName, shortId } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Status } from "./names.tsx";

/** The name, the status and the spending of a session, and the actions on it. */
export function SessionHeader({ view }: { readonly view: SessionView }) {
  const summary = view.summary;
  const spent = view.shown.value?.spent;
  const title = summary?.name ?? shortId(view.id);
  return (
    <header class="session-head">
      <div class="title">
        <h1>
          <bdi>{cleanLine(title)}</bdi>
        </h1>
        {summary ? <Status status={isAsking(view) ? "waiting for you" : summary.status} /> : null}
      </div>
      <dl class="facts">
        <Fact name="Session" value={shortId(view.id)} title={view.id} isMono />
        {summary
          ? (
            <Fact
              name="Program"
              value={summary.programPaths.map(fileName).join(", ")}
              title={summary.programPaths.join("\n")}
            />
          )
          : null}
        {summary
          ? <Fact name="Last run" value={agoText(summary.runAt, Date.now())} title={summary.runAt} />
          : null}
        {spent ? <Fact name="Turns" value={countText(spent.turns)} /> : null}
        {spent ? <Fact name="Tokens" value={countText(spent.tokens)} /> : null}
        {spent
          ? (
            <Fact
              name="Cost"
              value={`${dollars(spent.costUsd)}${spent.unpriced > 0 ? "+" : ""}`}
              {...(spent.unpriced > 0 ? { title: `${spent.unpriced} answers have no known price` } : {})}
            />
          )
          : null}
        {summary?.forkedFrom
          ? (
            <div>
              <dt>Fork of</dt>
              <dd>
                <a
                  class="mono"
                  href={addressOf({ session: summary.forkedFrom.id, position: summary.forkedFrom.position })}
                >
                  {shortId(summary.forkedFrom.id)}@{summary.forkedFrom.position}
                </a>
              </dd>
            </div>
          )
          : null}
      </dl>
      {view.actions ? <Actions view={view} /> : null}
    </header>
  );
}

/** Whether the person can answer a question of a session that nothing has stopped. */
function isAsking({ summary, now, actions }: SessionView): boolean {
  const isAlive = summary?.status === "running" || summary?.status === "waiting";
  return isAlive && actions !== undefined && (now.value?.questions.length ?? 0) > 0;
}

function Fact(
  { name, value, title, isMono }: {
    readonly name: string;
    readonly value: string;
    readonly title?: string;
    readonly isMono?: boolean;
  },
) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isMono ? "mono" : ""} {...(title === undefined ? {} : { title: cleanLine(title) })}>
        <bdi>{cleanLine(value)}</bdi>
      </dd>
    </div>
  );
}

function Actions({ view }: { readonly view: SessionView }) {
  const isRenaming = useSignal(false);
  const error = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const { actions } = view;
  const status = view.summary?.status;
  const act = async (action: () => Promise<void>) => {
    isBusy.value = true;
    error.value = undefined;
    try {
      await action();
      await view.pull();
    } catch (failure) {
      error.value = spokenError(failure);
    } finally {
      isBusy.value = false;
    }
  };
  if (!actions || !status) return null;
  const canStop = status === "running" || status === "queued";
  const canResume = status === "stopped" || status === "waiting";
  return (
    <div class="session-actions">
      {canStop
        ? (
          <button type="button" disabled={isBusy.value} onClick={() => act(() => actions.stop(view.id))}>
            <Icon name="stop" /> Stop
          </button>
        )
        : null}
      {canResume
        ? (
          <button
            type="button"
            // The answer to an open question is the main action.
            class={view.now.value?.questions.length ? "" : "primary"}
            disabled={isBusy.value}
            onClick={() => act(() => actions.resume(view.id))}
          >
            <Icon name="play" /> Resume
          </button>
        )
        : null}
      <button
        type="button"
        onClick={() =>
          openFork(view, view.position.value === undefined ? {} : { position: view.position.value })}
      >
        <Icon name="fork" /> Fork
      </button>
      <button type="button" class="quiet" onClick={() => isRenaming.value = true}>
        <Icon name="pen" /> Rename
      </button>
      {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
      {isRenaming.value ? <Rename view={view} onClose={() => isRenaming.value = false} /> : null}
    </div>
  );
}

function Rename({ view, onClose }: { readonly view: SessionView; readonly onClose: () => void }) {
  const name = useSignal(view.summary?.name ?? "");
  const error = useSignal<string | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await view.actions?.rename(view.id, name.value.trim());
      await view.pull();
      onClose();
    } catch (failure) {
      error.value = spokenError(failure);
    }
  };
  const remove = async () => {
    try {
      await view.actions?.remove(view.id);
      onClose();
      goTo({});
    } catch (failure) {
      error.value = spokenError(failure);
    }
  };
  return (
    <Dialog title="Rename the session" onClose={onClose}>
      <form onSubmit={submit}>
        <label class="field">
          <span>Name</span>
          <input
            type="text"
            maxLength={100}
            value={name.value}
            onInput={(event) => name.value = event.currentTarget.value}
            data-autofocus
          />
        </label>
        {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
        <p class="buttons">
          <button
            type="button"
            class="quiet danger"
            onClick={remove}
            title="It can be restored with playbooks sessions rm --restore"
          >
            <Icon name="trash" /> Move to the trash
          </button>
          <span class="space" />
          <button type="button" class="quiet" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Rename</button>
        </p>
      </form>
    </Dialog>
  );
}
