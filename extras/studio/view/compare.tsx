import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { cleanLine, cleanText } from "../../../src/text/mod.ts";
import { display } from "../../../src/sandbox/host/display.ts";
import type { MomentFacts, SessionDiff } from "../../../src/session/mod.ts";
import type { ComparedMoment, ListedSession } from "../data/studio_api.ts";
import { addressOf } from "../state/route.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { shortId } from "../../../src/store/short_id.ts";
import { countText, dollars } from "./format.ts";

/** Compares the moment that is shown with another session, or with another moment of this one. */
export function Compare({ view }: { readonly view: SessionView }) {
  const sessions = useSignal<readonly ListedSession[]>([]);
  const other = useSignal<string>("");
  const at = useSignal("");
  const diff = useSignal<SessionDiff | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const position = view.position.value;
  useEffect(() => {
    view.reader.list().then((list) => {
      sessions.value = list;
      if (other.value === "") other.value = likelyOther(view, list);
    }).catch((failure) => error.value = spokenError(failure));
  }, [view.id]);
  const growth = view.growth.value;
  useEffect(() => {
    if (other.value === "") return;
    const a: ComparedMoment = { id: view.id, ...(position === undefined ? {} : { position }) };
    const b: ComparedMoment = {
      id: other.value,
      ...(/^\d+$/.test(at.value) ? { position: Number(at.value) } : {}),
    };
    let isOld = false;
    view.reader.diff(a, b).then((read) => {
      if (isOld) return;
      diff.value = read;
      error.value = undefined;
    }).catch((failure) => isOld || (error.value = spokenError(failure)));
    return () => void (isOld = true);
  }, [view.id, other.value, at.value, position, growth]);
  return (
    <div class="compare">
      <div class="compare-head">
        <label class="field">
          <span>Compare with</span>
          <select value={other.value} onChange={(event) => other.value = event.currentTarget.value}>
            {sessions.value.map((session) => (
              <option key={session.id} value={session.id}>{optionText(session, view.id)}</option>
            ))}
          </select>
        </label>
        <label class="field narrow">
          <span>at entry</span>
          <input
            type="text"
            inputMode="numeric"
            placeholder="its end"
            value={at.value}
            onChange={(event) => at.value = event.currentTarget.value.trim()}
          />
        </label>
      </div>
      {error.value === undefined ? null : <p class="problem" role="alert">{cleanText(error.value)}</p>}
      {diff.value ? <Sides diff={diff.value} sessions={sessions.value} /> : null}
    </div>
  );
}

/** A fork is compared with its origin, and a session with its newest fork; else with itself. */
function likelyOther(view: SessionView, list: readonly ListedSession[]): string {
  const origin = view.summary?.forkedFrom?.id;
  if (origin !== undefined && list.some(({ id }) => id === origin)) return origin;
  return list.find(({ forkedFrom }) => forkedFrom?.id === view.id)?.id ?? view.id;
}

function optionText({ id, name, status }: ListedSession, own: string): string {
  const title = name === undefined ? shortId(id) : `${cleanLine(name)} (${shortId(id)})`;
  return id === own ? `${title}, this session` : `${title}, ${status}`;
}

function Sides(
  { diff, sessions }: { readonly diff: SessionDiff; readonly sessions: readonly ListedSession[] },
) {
  const { a, b, common, agents, results } = diff;
  const isSame = agents.length + results.length + a.words.length + b.words.length === 0;
  return (
    <>
      <p class="hint">
        The first {countText(common)}{" "}
        entries are equal{isSame ? ", and so is the rest of what is shown here" : ""}.
      </p>
      <Parting diff={diff} />
      <table class="sides">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">Part</span>
            </th>
            <SideHead moment={a} sessions={sessions} />
            <SideHead moment={b} sessions={sessions} />
          </tr>
        </thead>
        <tbody>
          <Row name="Status" a={a.end ?? "not ended"} b={b.end ?? "not ended"} />
          <Row name="Spent" a={spentText(a)} b={spentText(b)} />
          <Row name="Stack" a={<StackOf moment={a} />} b={<StackOf moment={b} />} />
          {agents.flatMap(({ id, klass, in: only, variables }) =>
            variables.map(({ name, a, b }) => (
              <Row
                key={`${id} ${name}`}
                name={<bdi class="mono">{cleanLine(klass)} {id} ${cleanLine(name)}</bdi>}
                a={only === "b" ? <i>no such agent</i> : <Value value={a} />}
                b={only === "a" ? <i>no such agent</i> : <Value value={b} />}
                isChanged
              />
            ))
          )}
          {results.map((result) => (
            <Row
              key={`${result.a} ${result.b}`}
              name={<bdi class="mono">{cleanLine(result.playbook)}: {cleanLine(result.name)}</bdi>}
              a={<Outcome outcome={result.before} />}
              b={<Outcome outcome={result.after} />}
              isChanged
            />
          ))}
          <Row name="Words after that" a={<WordsOf moment={a} />} b={<WordsOf moment={b} />} />
        </tbody>
      </table>
    </>
  );
}

function Row(
  { name, a, b, isChanged = false }: {
    readonly name: ComponentChildren;
    readonly a: ComponentChildren;
    readonly b: ComponentChildren;
    readonly isChanged?: boolean;
  },
) {
  return (
    <tr class={isChanged ? "changed" : ""}>
      <th scope="row">{name}</th>
      <td>{a}</td>
      <td>{b}</td>
    </tr>
  );
}

/** The first entry in which the two moments differ, as a link to it in the session of the left side. */
function Parting({ diff: { a, b, common } }: { readonly diff: SessionDiff }) {
  if (a.next === undefined && b.next === undefined) return null;
  const position = common + 1;
  const side = a.next === undefined ? b : a;
  return (
    <p>
      <a href={addressOf({ session: side.id, position })}>
        They part at entry {countText(position)}: here {a.next ?? "the end"}, there {b.next ?? "the end"}
      </a>
    </p>
  );
}

function SideHead(
  { moment: { id, position }, sessions }: {
    readonly moment: MomentFacts;
    readonly sessions: readonly ListedSession[];
  },
) {
  const name = sessions.find((session) => session.id === id)?.name;
  return (
    <th scope="col">
      <a href={addressOf({ session: id, position })}>
        {name === undefined ? null : (
          <>
            <bdi>{cleanLine(name)}</bdi>
            {" "}
          </>
        )}
        <span class="mono">{shortId(id)}@{position}</span>
      </a>
    </th>
  );
}

function spentText({ spent }: MomentFacts): string {
  return `${countText(spent.turns)} turns, ${countText(spent.tokens)} tokens, ${dollars(spent.costUsd)}`;
}

function StackOf({ moment: { stack } }: { readonly moment: MomentFacts }) {
  if (stack.length === 0) return <span class="hint">empty</span>;
  return (
    <ul class="plain">
      {stack.map(({ depth, agent, playbook, turn, step }, index) => (
        <li key={index} style={{ paddingLeft: `${Math.min(depth, 8)}em` }}>
          <bdi>{cleanLine(agent)} {cleanLine(playbook)}</bdi>, turn {turn}
          {step === undefined ? "" : `, step ${step}`}
        </li>
      ))}
    </ul>
  );
}

type EncodedValue = Parameters<typeof display>[0];

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined) return <i>not set</i>;
  return (
    <pre class="value"><bdi>{cleanText(display(value as EncodedValue, { maxCharacters: maxValue }))}</bdi></pre>
  );
}

const maxValue = 2000;

function Outcome({ outcome }: { readonly outcome: SessionDiff["results"][number]["before"] }) {
  if (outcome.ok) return <Value value={outcome.value} />;
  return <span class="wrong">{cleanText(`${outcome.error.name}: ${outcome.error.message}`)}</span>;
}

function WordsOf({ moment: { words } }: { readonly moment: MomentFacts }) {
  if (words.length === 0) return <span class="hint">none</span>;
  const shown = words.slice(0, maxWords);
  return (
    <ul class="plain">
      {shown.map(({ position, by, text }) => (
        <li key={position}>
          <b>
            <bdi>{cleanLine(by)}</bdi>
          </b>{" "}
          <bdi>{cleanText(text)}</bdi>
        </li>
      ))}
      {words.length > maxWords ? <li class="hint">and {countText(words.length - maxWords)} more</li> : null}
    </ul>
  );
}

const maxWords = 100;
