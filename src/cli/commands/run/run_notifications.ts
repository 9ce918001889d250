import type { Programs, RestoredSession } from "../../../engine/mod.ts";
import type { FrontEnd, Hosting, KeptSession } from "../../../session/mod.ts";
import type { SessionNotification } from "../../../store/mod.ts";
import { notificationAtEnd, notificationAtError, questionNotification } from "../../notify/notification.ts";
import { sendsNotifications } from "../../notify/notify_settings.ts";
import { QuestionWatch } from "../../notify/question_watch.ts";
import type { Job } from "./job.ts";

/** A session that is about to run. */
interface NotificationdRun extends Pick<Job, "config" | "process" | "world"> {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  readonly kept?: KeptSession;
}

/** The notifications of one run: they are stored with its end, and sent after its lease is given back. */
export class RunNotifications implements Disposable {
  readonly #run: NotificationdRun;
  readonly #isOn: boolean;
  readonly #watch: QuestionWatch;

  constructor(run: NotificationdRun) {
    const { config, kept, process } = run;
    const { notifier } = process.reports;
    this.#run = run;
    this.#isOn = kept !== undefined && sendsNotifications(config.notify);
    this.#watch = new QuestionWatch(config.notify.waitMs, () => {
      this.#storeQuestion().then((id) => id && notifier.send(kept!.store, id, config)).catch(() => {
        // A storage that fails is reported by the run, and the end of the run makes the notification again.
      });
    });
    if (!kept || !this.#isOn) return;
    process.whenClosed(() => notifier.send(kept.store, kept.leased.id, config));
  }

  /** The front end, whose questions are noticed if they stay open. */
  watched(frontEnd: FrontEnd): FrontEnd {
    return this.#isOn ? this.#watch.of(frontEnd) : frontEnd;
  }

  /** The changes of the summary at the end, with the notification. A session that a worker tries again has none. */
  changes(hosting: Hosting | undefined): Pick<Hosting, "changeAtEnd" | "changeAtError"> {
    return {
      changeAtEnd: (result) => {
        const change = hosting?.changeAtEnd(result) ?? {};
        return {
          ...change,
          ...this.#change(change.status, () => notificationAtEnd(result, this.#session())),
        };
      },
      changeAtError: (exit, error) => {
        const change = hosting?.changeAtError(exit, error) ?? {};
        return {
          ...change,
          ...this.#change(change.status, () => notificationAtError(error, this.#session())),
        };
      },
    };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #change(
    status: string | undefined,
    notification: () => SessionNotification | undefined,
  ): { readonly notification: SessionNotification | undefined } {
    return { notification: this.#isOn && status !== "queued" ? notification() : undefined };
  }

  #session(): Parameters<typeof questionNotification>[0] {
    const { restored: { state }, programs, kept, world } = this.#run;
    return { id: kept!.leased.id, state, programs, nowMs: world.now() };
  }

  /** Stores the notification of the newest open question. Returns the session's id if there is one. */
  async #storeQuestion(): Promise<string | undefined> {
    const notification = questionNotification(this.#session());
    if (!notification) return undefined;
    const { store, leased } = this.#run.kept!;
    await store.update(leased.id, { notification });
    return leased.id;
  }
}
