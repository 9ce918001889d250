/** A part of a state as it was stored, in an older format. */
// deno-lint-ignore no-explicit-any
type StoredPart = Record<string, any>;

/** Brings the state of a checkpoint to the present format, in place; 0.2 wrote format 4. */
export function upcastState(
  { state, format }: { readonly state: unknown; readonly format: number },
): unknown {
  if (format >= 5) return state;
  const { agents, frames, position } = state as StoredPart;
  for (const agent of Object.values(agents as StoredPart)) {
    agent["heard"] = agent["history"].map(upcastHeard);
    delete agent["history"];
  }
  for (const frame of Object.values(frames as StoredPart)) upcastFrame(frame, position);
  return state;
}

/** 0.2 kept the words of the prompt: "you" for the agent itself, `Buyer (agent 1001)` for another one. */
function upcastHeard({ from, to, text }: StoredPart): StoredPart {
  const id = (name: string) => / \(agent (\d+)\)$/.exec(name)?.[1] ?? name;
  return {
    ...(from === "you" ? {} : { from: id(from) }),
    ...(to === "you" ? {} : { to: id(to) }),
    text,
  };
}

function upcastFrame(frame: StoredPart, position: number): void {
  const { told, before, lastResults, running } = frame;
  for (const key of ["told", "before", "lastResults"]) delete frame[key];
  frame["changeSummary"] = told;
  if (running) frame["running"] = upcastExecution(running, position);
  // 0.2 kept the lines about a turn instead of its effects, and had counted its repeats.
  const history = { begun: 0, ended: 0, results: [], asked: {}, observed: {} };
  if (before) {
    const { turn, error, done } = before;
    const lines = { results: lastResults ?? [], done };
    frame["endedTurn"] = { turn, history, ...(error ? { error } : {}), lines };
  } else if (lastResults) {
    frame["toldTurn"] = { turn: frame["turn"] - 1, history, lines: { results: lastResults, done: [] } };
  }
}

function upcastExecution(running: StoredPart, position: number): StoredPart {
  const { results, asked, saw: observed, ledger: deferred, outIndex, seen, ...rest } = running;
  const begun = running["position"];
  return {
    ...rest,
    history: deferred === undefined
      ? { begun, results, asked, observed }
      : { begun, deferred, asked, upTo: position },
    lastDeltaIndex: outIndex,
    lastSeenPosition: seen,
  };
}
