import type { CallReport, PlannedAction, StateReport } from "../session/mod.ts";
import { counted } from "./counted.ts";
import { localDate, localTime } from "./local_time.ts";

/** The calls on the stack from the outermost down, each with the first actions of a resume. */
export function planLines(report: StateReport, { isDetailed }: { readonly isDetailed: boolean }): string[] {
  if (report.end) return [`The program has ended (${report.end.status}); nothing would be done`];
  const lines = report.calls.flatMap((call) => callLines(call, isDetailed));
  if (report.calls.length === 0) lines.push("No playbook is running; the next one would begin");
  const { turns, unanswered } = report.done;
  const open = unanswered > 0 ? `; ${unanswered} asked and unanswered` : "";
  return [
    ...lines,
    `Done, and not repeated by a resume: ${counted(turns, "turn")}${open}`,
  ];
}

function callLines(call: CallReport, isDetailed: boolean): string[] {
  const { agent, klass, playbook, turn, step, stepText, place, next, depth } = call;
  const indent = "  ".repeat(depth);
  const name = `${klass}(${agent}).${isDetailed ? call.call : playbook}`;
  const number = step === undefined ? "" : `, step ${step}`;
  const detail = isDetailed && stepText !== undefined ? [`${indent}  ${step} ${stepText} (${place})`] : [];
  return [
    `${indent}${name}, turn ${turn}${isDetailed && detail.length > 0 ? "" : number}`,
    ...detail,
    ...next.map((action) => `${indent}  ${actionText(action, turn)}`),
  ];
}

function actionText(action: PlannedAction, turn: number): string {
  switch (action.kind) {
    case "fetch answer":
      return `would fetch answer ${action.id} of ${action.model} for turn ${turn}`;
    case "ask model":
      return `would ask the model ${action.isAgain ? "again " : ""}for turn ${turn}`;
    case "wait for call":
      return `waits for ${action.call}`;
    case "wait for words": {
      const until = action.untilMs === undefined ? "" : `, until ${moment(action.untilMs)}`;
      return `waits for words of ${action.from.join(", ")}${until}`;
    }
    case "sleep":
      return `sleeps until ${moment(action.untilMs)}`;
    case "fetch task":
      return `would fetch task ${action.id} of ${action.what}`;
    case "repeat":
      return `would repeat ${action.what}`;
    case "uncertain":
      return `may have done ${action.what} already (durability.uncertain = "${action.policy}")`;
  }
}

/** A time for people, with its day. */
function moment(ms: number): string {
  return `${localTime(ms)} on ${localDate(ms)}`;
}
