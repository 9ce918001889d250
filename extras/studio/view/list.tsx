import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import type { FoundText, ListedSession, StudioActions, StudioReader } from "../data/studio_api.ts";
import { listedStatuses, ListView } from "../state/list_view.ts";
import { addressOf } from "../state/route.ts";
import { restoreCommand, trashed } from "../state/trash.ts";
import { shortId } from "../../../src/store/short_id.ts";
import { agoText, countText, dollars, fileName } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Status } from "./names.tsx";
import { isCopied } from "./session_menu.tsx";
import { StartDialog } from "./start_dialog.tsx";

/** The list of sessions, with filters and search. */
export function List(
  { reader, actions }: { readonly reader: StudioReader; readonly actions: StudioActions | undefined },
) {
  const view = useMemo(() => new ListView(reader, actions), [reader]);
  const isStarting = useSignal(false);
  useEffect(() => {
    view.open();
    return () => view.close();
  }, [view]);
  return (
    <main class="list" id="main">
      <div class="list-head">
        <h1>Sessions</h1>
        <button type="button" class="primary" data-key="start" onClick={() => isStarting.value = true}>
          <Icon name="plus" /> Start a program
        </button>
      </div>
      <Filters view={view} />
      {view.error.value === undefined ? null : <p class="notice wrong" role="alert">{view.error.value}</p>}
      <Trashed view={view} />
      {view.found.value === undefined ? null : <Found view={view} found={view.found.value} />}
      <Sessions view={view} />
      {isStarting.value && actions
        ? <StartDialog actions={actions} onClose={() => isStarting.value = false} />
        : null}
    </main>
  );
}

function Filters({ view }: { readonly view: ListView }) {
  const counts = Map.groupBy(view.sessions.value ?? [], ({ status }) => status);
  return (
    <form
      class="filters"
      role="search"
      aria-label="Sessions"
      onSubmit={(event) => {
        event.preventDefault();
        void view.search();
      }}
    >
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          data-key="search"
          aria-label="Name, id or program"
          placeholder="Name, id or program"
          value={view.text.value}
          onInput={(event) => {
            view.text.value = event.currentTarget.value;
            view.found.value = undefined;
          }}
        />
        {view.actions && view.text.value.trim() !== ""
          ? (
            <button type="submit" disabled={view.isSearching.value} title="In all sessions  Enter">
              {view.isSearching.value ? "Searching …" : "Search in words"}
            </button>
          )
          : null}
      </div>
      <div class="segments" role="group" aria-label="Status">
        {listedStatuses.map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={view.statuses.value.has(status)}
            onClick={() => view.toggle(status)}
          >
            {status} <span class="count">{counts.get(status)?.length ?? 0}</span>
          </button>
        ))}
      </div>
      <select
        aria-label="Program"
        value={view.program.value}
        onChange={(event) => view.program.value = event.currentTarget.value}
      >
        <option value="">All programs</option>
        {view.programs.value.map((path) => (
          <option key={path} value={path}>{cleanLine(fileName(path))}</option>
        ))}
      </select>
    </form>
  );
}

/** Says that a session went to the trash, and how it comes back, until it has come back. */
function Trashed({ view }: { readonly view: ListView }) {
  const box = useRef<HTMLDivElement>(null);
  const copied = useSignal(false);
  const gone = trashed.value;
  const isBack = view.sessions.value?.some(({ id }) => id === gone?.id) ?? false;
  useEffect(() => {
    box.current?.focus();
    return () => void (trashed.value = undefined);
  }, []);
  useEffect(() => {
    if (isBack) trashed.value = undefined;
  }, [isBack]);
  if (!gone) return null;
  const command = restoreCommand(gone.id);
  return (
    <div class="notice plain" role="status" ref={box} tabIndex={-1}>
      <p>
        <bdi>{gone.title}</bdi> is in the trash. To bring it back: <code>{command}</code>
      </p>
      <p class="buttons">
        <button type="button" onClick={async () => copied.value = await isCopied(command)}>
          {copied.value ? "Copied" : "Copy the command"}
        </button>
        <button type="button" class="quiet" onClick={() => trashed.value = undefined}>Close</button>
      </p>
    </div>
  );
}

/** The text of an empty list. Above it stand the texts found inside of sessions, if some were found. */
function emptyText(view: ListView): string {
  if ((view.found.value?.hits.length ?? 0) > 0) return "No name, id or program of a session has this text.";
  return view.text.value.trim() !== "" && view.found.value === undefined && view.actions
    ? "No session fits. Press Enter to search in all words."
    : "No session fits these filters.";
}

function Sessions({ view }: { readonly view: ListView }) {
  const chosen = view.chosen.value;
  const shown = useSignal(rowsAtOnce);
  if (view.sessions.value === undefined) return <p class="empty">Reading …</p>;
  if (view.sessions.value.length === 0) {
    return (
      <p class="empty">
        There are no sessions yet. Start a program here, or with <code>playbooks run FILE</code>.
      </p>
    );
  }
  if (chosen.length === 0) return <p class="empty">{emptyText(view)}</p>;
  return (
    <>
      <table class="sessions">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Status</th>
            <th scope="col">Program</th>
            <th scope="col">Question</th>
            <th scope="col" class="number">Turns</th>
            <th scope="col" class="number">Tokens</th>
            <th scope="col" class="number">Cost</th>
            <th scope="col" class="number">Last run</th>
          </tr>
        </thead>
        <tbody>
          {chosen.slice(0, shown.value).map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              question={view.questions.value.get(session.id)?.text}
            />
          ))}
        </tbody>
      </table>
      {chosen.length > shown.value
        ? (
          <p class="more">
            <button type="button" onClick={() => shown.value += rowsAtOnce}>
              Show more of {countText(chosen.length)}
            </button>
          </p>
        )
        : null}
    </>
  );
}

const rowsAtOnce = 200;

function SessionRow(
  { session, question }: { readonly session: ListedSession; readonly question: string | undefined },
) {
  const { id, name, status, programPaths, turns, tokens, costUsd, runAt } = session;
  const asked = question === undefined || status === "completed" ? undefined : cleanLine(question);
  return (
    <tr>
      <th scope="row">
        <a href={addressOf({ session: id })} title={name === undefined ? id : `${cleanLine(name)}, ${id}`}>
          <bdi>{name === undefined ? <span class="mono">{shortId(id)}</span> : cleanLine(name)}</bdi>
          {name === undefined ? null : <span class="id">{shortId(id)}</span>}
        </a>
      </th>
      <td>
        <Status status={status} />
      </td>
      <td class="program" title={cleanLine(programPaths.join("\n"))}>
        <bdi>{programPaths.map((path) => cleanLine(fileName(path))).join(", ")}</bdi>
      </td>
      <td class="question" title={asked}>
        {asked === undefined ? null : <bdi>{asked}</bdi>}
      </td>
      <td class="number turns">{countText(turns)}</td>
      <td class="number tokens">{countText(tokens)}</td>
      <td class="number cost">{dollars(costUsd)}</td>
      <td class="number age" title={runAt}>{agoText(runAt, Date.now())}</td>
    </tr>
  );
}

function Found(
  { view, found: { hits, isCut } }: {
    readonly view: ListView;
    readonly found: { readonly hits: readonly FoundText[]; readonly isCut: boolean };
  },
) {
  const names = new Map((view.sessions.value ?? []).map(({ id, name }) => [id, name ?? shortId(id)]));
  return (
    <section class="found panel" aria-label="Found inside of sessions">
      <header class="panel-head">
        <h2>
          {hits.length === 0
            ? "Nothing found inside of the sessions"
            : `Found ${isCut ? "more than " : ""}${countText(hits.length)} times`}
        </h2>
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Close"
          onClick={() => view.found.value = undefined}
        >
          <Icon name="close" />
        </button>
      </header>
      <ul class="plain">
        {hits.map(({ session, position, kind, who, line }) => (
          <li key={`${session} ${position} ${kind} ${line}`}>
            <a href={addressOf({ session, position })}>
              <bdi>{cleanLine(names.get(session) ?? shortId(session))}</bdi>{" "}
              <span class="id">@{position}</span>
            </a>{" "}
            <b>{cleanLine(who)}</b> <bdi>{cleanLine(line)}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
