import type { ModelRequest } from "../../src/model/model.ts";
import { Draft } from "./draft.ts";
import { writeInbox } from "./inbox.ts";
import { type Reading, readRequest, topOf } from "./reading.ts";
import { writeRemaining } from "./steps.ts";

/** Answers a request mechanically. The answer depends only on the request's text. */
export function rehearse(request: ModelRequest): string {
  const reading = readRequest(request);
  const firstLine = reading.description.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
  if (request.answer === "text") return `(${reading.playbook}) ${firstLine}`;
  if (reading.playbook === "ProcessMessages") {
    return reading.failed === undefined ? writeInbox(reading) : `${passedOver(reading)}\nReturn();\n`;
  }
  if (reading.steps.length === 0) return `Return(${JSON.stringify(firstLine)});\n`;
  return writeTurn(reading);
}

function writeTurn(reading: Reading): string {
  const draft = new Draft(reading);
  if (reading.failed) draft.line(passedOver(reading));
  const done = reading.steps.findIndex((step) => topOf(step.number) === reading.done);
  const complete = writeRemaining(reading.steps.slice(done + 1), draft);
  if (complete && !draft.ended) draft.line("Return(undefined);");
  return draft.code();
}

/** A failed step is not repeated, because it would fail again. The user is told that it was skipped. */
function passedOver({ failed }: Reading): string {
  const step = failed!.step === "" ? "A turn" : `Step ${failed!.step}`;
  return `console.log(${JSON.stringify(`${step} failed and is passed over: ${failed!.error}`)});`;
}
