import type { ModelRequest, RequestedTurn } from "../../src/model/mod.ts";
import { Draft } from "./draft.ts";
import { writeInbox } from "./inbox.ts";
import { type Reading, readTurn } from "./reading.ts";
import { writeRemaining } from "./steps.ts";

/** Answers a request mechanically: the code of the steps up to the first one that waits. */
export function rehearse(request: ModelRequest, turn: RequestedTurn): string {
  const standIn = `(rehearsal: the answer of ${turn.playbook.name})`;
  if (request.answer === "text") return standIn;
  const reading = readTurn(turn, request);
  const draft = new Draft(reading);
  if (turn.playbook.name === "ProcessMessages") writeInbox(draft);
  else if (reading.steps.length === 0) {
    draft.note(`left to a model: ${reading.playbook}, which has no steps`);
    draft.line(`Return(${JSON.stringify(standIn)});`);
  } else writeTurn(reading, draft);
  return draft.code();
}

function writeTurn(reading: Reading, draft: Draft): void {
  const done = reading.steps.findIndex((step) => step.number === reading.done);
  const complete = writeRemaining(reading.steps.slice(done + 1), draft);
  if (complete && !draft.ended) draft.line("Return(undefined);");
}
