/** A state as it was stored, of any format. */
// deno-lint-ignore no-explicit-any
type StoredPart = Record<string, any>;

/** Brings the state of a checkpoint to the present format, in place; 0.2 wrote format 4. */
export function upcastState(
  { state, format }: { readonly state: unknown; readonly format: number },
): unknown {
  if (format >= 5) return state;
  for (const frame of Object.values((state as StoredPart)["frames"] as Record<string, StoredPart>)) {
    frame["changeSummary"] = frame["told"];
    delete frame["told"];
    if (frame["running"]) frame["running"] = upcastExecution(frame["running"], state as StoredPart);
  }
  return state;
}

function upcastExecution(running: StoredPart, { position: upTo }: StoredPart): StoredPart {
  const { results, asked, saw: observed, ledger: deferred, outIndex, seen, ...rest } = running;
  return {
    ...rest,
    history: deferred === undefined ? { results, asked, observed } : { deferred, asked, upTo },
    lastDeltaIndex: outIndex,
    lastSeenPosition: seen,
  };
}
