import { counted } from "../../../frontends/counted.ts";
import { type ExitCode, messageOf } from "../../../errors.ts";
import { endingMessage, writeAll } from "../../../frontends/mod.ts";
import { tell } from "../../../frontends/tell.ts";
import type { RunFact } from "../../../session/mod.ts";
import { LostLeaseError, type SessionFile } from "../../../store/mod.ts";
import { cleanLine, cutText, jsonText } from "../../../text/mod.ts";
import type { HostedEnd } from "../../host/hosted_run.ts";
import type { LeftSessions, TakerFact } from "../../host/session_taker.ts";
import { programNames } from "../../session_filter.ts";
import type { World } from "../../world.ts";

/** Prints what a worker does: one line for each session that it takes and for each end. */
export class WorkerReport {
  readonly #world: World;
  readonly #isJson: boolean;
  #isOver = false;

  constructor(world: World, { json }: { readonly json: boolean }) {
    this.#world = world;
    this.#isJson = json;
  }

  begin({ location, concurrency }: { readonly location: string; readonly concurrency: number }): void {
    this.#print(
      { type: "begin", location, concurrency },
      `ℹ Worker of ${location}: at most ${counted(concurrency, "session")} at the same time`,
    );
  }

  /** A warning about a session. Other facts are for people who watch it. */
  fact(session: string, fact: RunFact): void {
    if (fact.type !== "warning") return;
    this.#print({ type: "warning", session, message: fact.text }, `⚠️  ${session}: ${fact.text}`);
  }

  taker(fact: TakerFact): void {
    switch (fact.type) {
      case "take": {
        const { session, reason, deaths } = fact;
        const again = deaths === undefined || deaths < 2
          ? ""
          : `; its process died ${deaths} times at this place`;
        const line = { type: "take", reason, ...(deaths === undefined ? {} : { deaths }) };
        return this.#of(session, line, `▶ taken (${reason}${again})`);
      }
      case "end":
        return this.#ended(fact.session, fact.end);
      case "miss":
        // A process that runs it reports it.
        return;
      case "refuse": {
        const message = messageOf(fact.error);
        return this.#of(fact.session, { type: "refuse", message }, `⚠️  not run here: ${message}`);
      }
      case "park": {
        const message =
          `its process died ${fact.deaths} times at the same place, so no worker takes it any more`;
        const text = `⚠️  ${message}; go on with: playbooks resume ${fact.session.id}`;
        return this.#of(fact.session, { type: "park", message }, text);
      }
      case "trouble": {
        const message = messageOf(fact.error);
        return this.#print(
          { type: "trouble", message },
          `⚠️  The storage fails, and is tried again: ${message}`,
        );
      }
    }
  }

  /** Prints the last line: a session that did not stop in time may report something later. */
  end({ late, left, exit }: WorkerEnd): void {
    const counts = left === undefined ? {} : { refused: left.refusals.length, held: left.held };
    const lateText = late.length === 0
      ? []
      : [`these did not stop in time, and another worker takes them: ${late.join(", ")}`];
    const text = ["⏹️  Worker stopped", ...lateText, ...leftInWords(left)].join("; ");
    this.#print({ type: "stop", left: late, ...counts, exit }, text);
    this.close();
  }

  /** Prints nothing more. */
  close(): void {
    this.#isOver = true;
  }

  #ended(session: SessionFile, end: HostedEnd): void {
    const { result, status, exit, error } = end;
    const message = error === undefined
      ? result && endingMessage(result)
      : error instanceof LostLeaseError
      ? takenOver
      : messageOf(error);
    const fact = { type: "end", status: status ?? null, exit, ...(message === undefined ? {} : { message }) };
    this.#of(session, fact, endText(end, message));
  }

  #of(session: SessionFile, fact: ReportedFact, text: string): void {
    const { id, name } = session;
    const named = name === undefined ? {} : { name };
    const [sign, ...words] = text.split(" ");
    const label = [id, ...(name === undefined ? [] : [name]), programNames(session)].join(" ");
    this.#print({ ...fact, session: id, ...named }, `${sign} ${label}: ${words.join(" ").trim()}`);
  }

  #print(fact: ReportedFact, text: string): void {
    if (this.#isOver) return;
    const { stdout, stderr, now } = this.#world;
    const time = new Date(now()).toISOString();
    if (this.#isJson) return writeAll(stdout, `${jsonText({ ...fact, time })}\n`);
    const line = cutText(cleanLine(text), { maxCharacters: maxLineCharacters });
    if (fact.type === "warning") tell(stderr, `${line}\n`);
    else writeAll(stdout, `${time} ${line}\n`);
  }
}

/** How a worker ended. */
interface WorkerEnd {
  /** Sessions that did not stop in time. */
  readonly late: readonly string[];
  /** With `--until-idle`, if no signal came. */
  readonly left: LeftSessions | undefined;
  readonly exit: ExitCode;
}

/** A line of `--json`, without its time. */
interface ReportedFact extends Readonly<Record<string, unknown>> {
  readonly type: string;
}

/** An error may contain values of the program. */
const maxLineCharacters = 4000;

/** A worker has nothing to do about it. */
const takenOver = "another process has taken it over, because its lease had ended; nothing is lost";

function leftInWords(left: LeftSessions | undefined): readonly string[] {
  const { refusals, held } = left ?? { refusals: [], held: 0 };
  return [
    ...(refusals.length === 0
      ? []
      : [`${counted(refusals.length, "session")} could not be run here, as said above`]),
    ...(held === 0 ? [] : [
      `${counted(held, "session")} ${held === 1 ? "is" : "are"} held by other processes`,
    ]),
  ];
}

function endText({ status, exit, result }: HostedEnd, message: string | undefined): string {
  const why = message === undefined ? "" : `: ${message}`;
  switch (status) {
    case "completed":
      return "✅ completed";
    case "failed":
      return `❌ failed${why}`;
    case "waiting":
      return `⏸️  ${message ?? "waits"}`;
    case "queued":
      return result?.kind === "interrupted" ? "↩️  handed back" : `🔁 to be tried again${why}`;
    default:
      return `⏹️  stopped, exit code ${exit}${why}`;
  }
}
