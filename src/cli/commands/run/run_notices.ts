import type { Programs, RestoredSession } from "../../../engine/mod.ts";
import type { FrontEnd, Hosting, KeptSession } from "../../../session/mod.ts";
import type { SessionNotice } from "../../../store/mod.ts";
import { noticeAtEnd, noticeAtError, questionNotice } from "../../notify/notice.ts";
import { sendsNotices } from "../../notify/notify_settings.ts";
import { QuestionWatch } from "../../notify/question_watch.ts";
import type { Job } from "./job.ts";

/** A session that is about to run. */
interface NoticedRun extends Pick<Job, "config" | "process" | "world"> {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  readonly kept?: KeptSession;
}

/** The notices of one run: they are stored with its end, and sent after its lease is given back. */
export class RunNotices implements Disposable {
  readonly #run: NoticedRun;
  readonly #isOn: boolean;
  readonly #watch: QuestionWatch;

  constructor(run: NoticedRun) {
    const { config, kept, process } = run;
    const { notifier } = process.reports;
    this.#run = run;
    this.#isOn = kept !== undefined && sendsNotices(config.notify);
    this.#watch = new QuestionWatch(config.notify.waitMs, () => {
      this.#storeQuestion().then((id) => id && notifier.send(kept!.store, id, config)).catch(() => {
        // A storage that fails is reported by the run, and the end of the run makes the notice again.
      });
    });
    if (!kept || !this.#isOn) return;
    process.whenClosed(() => notifier.send(kept.store, kept.leased.id, config));
  }

  /** The front end, whose questions are noticed if they stay open. */
  watched(frontEnd: FrontEnd): FrontEnd {
    return this.#isOn ? this.#watch.of(frontEnd) : frontEnd;
  }

  /** The changes of the summary at the end, with the notice. A session that a worker tries again has none. */
  changes(hosting: Hosting | undefined): Pick<Hosting, "changeAtEnd" | "changeAtError"> {
    return {
      changeAtEnd: (result) => {
        const change = hosting?.changeAtEnd(result) ?? {};
        return { ...change, ...this.#change(change.status, () => noticeAtEnd(result, this.#session())) };
      },
      changeAtError: (exit, error) => {
        const change = hosting?.changeAtError(exit, error) ?? {};
        return { ...change, ...this.#change(change.status, () => noticeAtError(error, this.#session())) };
      },
    };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #change(
    status: string | undefined,
    notice: () => SessionNotice | undefined,
  ): { readonly notice: SessionNotice | undefined } {
    return { notice: this.#isOn && status !== "queued" ? notice() : undefined };
  }

  #session(): Parameters<typeof questionNotice>[0] {
    const { restored: { state }, programs, kept, world } = this.#run;
    return { id: kept!.leased.id, state, programs, nowMs: world.now() };
  }

  /** Stores the notice of the newest open question. Returns the session's id if there is one. */
  async #storeQuestion(): Promise<string | undefined> {
    const notice = questionNotice(this.#session());
    if (!notice) return undefined;
    const { store, leased } = this.#run.kept!;
    await store.update(leased.id, { notice });
    return leased.id;
  }
}
