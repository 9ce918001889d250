import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine, cleanText } from "../../../src/text/mod.ts";
import type { VariableHistory } from "../../../src/session/mod.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { useFailedReads } from "./failed_reads.ts";
import { openFork } from "./fork_dialog.tsx";
import { clockText, countText } from "./format.ts";
import { Icon } from "./icons.tsx";
import { laneClass } from "./names.tsx";

/** The variables of all agents and calls at the position that is shown. */
export function Variables({ view }: { readonly view: SessionView }) {
  const report = view.shown.value;
  const reads = useFailedReads(view);
  if (!report) return <p class="empty">Reading …</p>;
  const failing = view.failure.value?.agent?.id;
  const calls = report.calls.filter(({ locals }) => Object.keys(locals).length > 0);
  const agents = report.agents.filter(({ variables, artifacts, undelivered }) =>
    Object.keys(variables).length + artifacts.length + undelivered.length > 0
  );
  if (calls.length + agents.length === 0) return <p class="empty">No variable has a value here.</p>;
  return (
    <div class="variables">
      {agents.map((agent) => (
        <section key={agent.id} aria-label={`Variables of ${agent.klass} ${agent.id}`}>
          <h3>
            <bdi class={`name ${laneClass(view.table.agents.findIndex(({ id }) => id === agent.id))}`}>
              {cleanLine(agent.klass)} <span class="id">{agent.id}</span>
            </bdi>
          </h3>
          <dl>
            {Object.entries(agent.variables).map(([name, value]) => (
              <Variable
                key={name}
                view={view}
                name={name}
                value={value}
                agent={agent.id}
                isRead={agent.id === failing && reads.has(name)}
              />
            ))}
          </dl>
          {agent.artifacts.length === 0 ? null : (
            <p class="hint">
              Artifacts: {agent.artifacts.map(({ name, characters }) =>
                `${cleanLine(name)} (${countText(characters)} characters)`
              ).join(", ")}
            </p>
          )}
          {agent.undelivered.map(({ from, text }, index) => (
            <p key={index} class="hint">
              Not read yet, from {cleanLine(from)}: <bdi>{cleanText(text)}</bdi>
            </p>
          ))}
        </section>
      ))}
      {calls.map((call) => (
        <section key={call.id} aria-label={`Local variables of ${call.playbook}`}>
          <h3>
            <bdi class="mono">{cleanLine(call.playbook)}</bdi>{" "}
            <span class="hint">locals of turn {call.turn}</span>
          </h3>
          <dl>
            {Object.entries(call.locals).map(([name, value]) => (
              <Variable
                key={name}
                view={view}
                name={name}
                value={value}
                isRead={call.agent === failing && reads.has(name)}
              />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** A variable. One of an agent has a history; a local one has none. */
function Variable(
  { view, name, value, agent, isRead }: {
    readonly view: SessionView;
    readonly name: string;
    readonly value: string;
    readonly agent?: string;
    /** The step that failed reads it. */
    readonly isRead: boolean;
  },
) {
  const isOpen = useSignal(false);
  const position = view.position.value;
  const edit = () =>
    openFork(view, {
      ...(position === undefined ? {} : { position }),
      edit: agent === undefined
        ? { kind: "local", name, text: value }
        : { kind: "state", agent, name, text: value },
    });
  return (
    <div class={isRead ? "variable read" : "variable"}>
      <dt>
        <bdi class="mono">{agent === undefined ? "" : "$"}{cleanLine(name)}</bdi>
        {isRead ? <span class="read-mark">read by the failed step</span> : null}
      </dt>
      <dd>
        <pre class="value"><bdi>{cleanText(value)}</bdi></pre>
        <span class="tools">
          {agent === undefined ? null : (
            <button
              type="button"
              class="quiet icon-only"
              aria-label={`History of ${name}`}
              title="History"
              aria-expanded={isOpen.value}
              onClick={() => isOpen.value = !isOpen.value}
            >
              <Icon name="clock" />
            </button>
          )}
          {view.actions
            ? (
              <button
                type="button"
                class="quiet icon-only"
                aria-label={`Set ${name} in a fork`}
                title="Set in a fork"
                onClick={edit}
              >
                <Icon name="pen" />
              </button>
            )
            : null}
        </span>
        {isOpen.value && agent !== undefined ? <History view={view} agent={agent} name={name} /> : null}
      </dd>
    </div>
  );
}

function History(
  { view, agent, name }: { readonly view: SessionView; readonly agent: string; readonly name: string },
) {
  const history = useSignal<VariableHistory | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const growth = view.growth.value;
  useEffect(() => {
    view.reader.writes(view.id, agent, name).then((read) => history.value = read)
      .catch((failure) => error.value = spokenError(failure));
  }, [view.id, agent, name, growth]);
  const showTurn = (position: number) => {
    view.goTo(position);
    view.tab.value = "turns";
  };
  if (error.value !== undefined) return <p class="problem" role="alert">{error.value}</p>;
  if (!history.value) return <p class="hint">Reading …</p>;
  const { writes, leftOut } = history.value;
  if (writes.length === 0) return <p class="hint">It has had this value from the start.</p>;
  return (
    <ol class="history" aria-label={`History of ${name}`}>
      {leftOut > 0
        ? <li class="hint">{countText(leftOut)} earlier values are left out.</li>
        : <li class="hint">not set until {clockText(writes[0]!.atMs)}</li>}
      {writes.map(({ position, atMs, value, added, by, playbook }) => (
        <li key={position}>
          <button type="button" class="quiet" onClick={() => view.goTo(position)}>
            <span class="time">{clockText(atMs)}</span>
            <bdi class="mono">
              {value === undefined ? "deleted" : `${added ? "+ " : ""}${cleanLine(value)}`}
            </bdi>
            <span class="hint">
              {by === undefined ? cleanLine(playbook ?? "") : `set by ${cleanLine(by)}`}
            </span>
          </button>
          {by === undefined
            ? (
              <button
                type="button"
                class="quiet"
                aria-label={`Turn that set ${name}`}
                onClick={() => showTurn(position)}
              >
                turn
              </button>
            )
            : null}
        </li>
      ))}
    </ol>
  );
}
