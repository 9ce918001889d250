import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import { addressOf } from "../state/route.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { openFork } from "./fork_dialog.tsx";
import { shortId } from "../../../src/store/short_id.ts";
import { agoText, countText, dollars, fileName } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Status } from "./names.tsx";
import { SessionMenu } from "./session_menu.tsx";

/** The name, the status and the spending of a session, and the actions on it. */
export function SessionHeader({ view }: { readonly view: SessionView }) {
  const summary = view.summary;
  const spent = view.shown.value?.spent;
  const title = summary?.name ?? shortId(view.id);
  return (
    <header class="session-head">
      <div class="title">
        <h1 tabIndex={-1} title={cleanLine(title)}>
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
              value={costText(spent)}
              {...(spent.unpriced > 0 ? { title: `${spent.unpriced} answers have no known price` } : {})}
            />
          )
          : null}
        {summary?.forkedFrom ? <Origin view={view} origin={summary.forkedFrom} /> : null}
      </dl>
      {view.actions ? <Actions view={view} /> : null}
    </header>
  );
}

type Spent = NonNullable<SessionView["shown"]["value"]>["spent"];

/** `$0.02+` if some answers have no known price. */
function costText({ costUsd, unpriced }: Spent): string {
  if (unpriced === 0) return dollars(costUsd);
  return costUsd === 0 ? "not known" : `${dollars(costUsd)}+`;
}

/** The session that this one was forked from: its name, or its id without one. */
function Origin(
  { view, origin: { id, position } }: {
    readonly view: SessionView;
    readonly origin: { readonly id: string; readonly position: number };
  },
) {
  const name = useSignal<string | undefined>(undefined);
  useEffect(() => {
    view.reader.nameOf(id).then((known) => name.value = known).catch(() => {});
  }, [view, id]);
  return (
    <div>
      <dt>Fork of</dt>
      <dd>
        <a href={addressOf({ session: id, position })} title={`Session ${id}, entry ${position}`}>
          <bdi class={name.value === undefined ? "mono" : ""}>{cleanLine(name.value ?? shortId(id))}</bdi>
          <span class="mono">@{position}</span>
        </a>
      </dd>
    </div>
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
      <SessionMenu view={view} />
      {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
    </div>
  );
}
