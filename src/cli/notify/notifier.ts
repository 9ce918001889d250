import { messageOf } from "../../errors.ts";
import { SessionHandle } from "../../session/mod.ts";
import type { SessionFile, SessionStore } from "../../store/mod.ts";
import { cleanLine } from "../../text/mod.ts";
import type { Config } from "../config.ts";
import { isLeft } from "../left_sessions.ts";
import { secretMask, secretNames } from "../secrets.ts";
import type { World } from "../world.ts";
import { sendNotification } from "./send_notification.ts";
import { notificationBody } from "./notification_body.ts";
import { sendsNotifications } from "./notify_settings.ts";

/** The parts of a configuration that a notification needs. */
type NotifyConfig = Pick<
  Config,
  "notify" | "telemetry" | "environment" | "model" | "rawModel" | "secretVariables"
>;

/**
 * Sends the notifications of sessions, in the background. A notification is stored with the session's status, and it is marked as
 * sent after the receiver took it: so each is sent at least once, also after a kill. A failure never reaches a run.
 */
export class Notifier {
  readonly #world: Pick<World, "fetch" | "now">;
  readonly #warn: (text: string, session: string) => void;
  /** Notifications on their way, by session. */
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(world: Pick<World, "fetch" | "now">, warn: (text: string, session: string) => void) {
    this.#world = world;
    this.#warn = warn;
  }

  /** Sends a session's notification, if it has one that was not sent. The configuration is that of the session. */
  send(store: SessionStore, id: string, config: NotifyConfig): void {
    if (!sendsNotifications(config.notify) || this.#stop.signal.aborted) return;
    const before = this.#sending.get(id) ?? Promise.resolve();
    const sending = before.then(() => this.#send(store, id, config)).catch((error) => {
      const reason = cleanLine(secretMask(config)(messageOf(error)));
      this.#warn(`The notification of session ${id} was not sent: ${reason}; the next run tries again`, id);
    }).finally(() => {
      if (this.#sending.get(id) === sending) this.#sending.delete(id);
    });
    this.#sending.set(id, sending);
  }

  /**
   * Sends the notifications that earlier processes left in these sessions. `configOf` reads the configuration of a session,
   * with the user's trust; it may throw. If many are left, this stops when `mayWait` says so.
   */
  async sweep(store: SessionStore, { sessions, configOf, mayWait }: {
    readonly sessions: readonly SessionFile[];
    readonly configOf: (session: SessionFile) => NotifyConfig;
    readonly mayWait: () => boolean;
  }): Promise<void> {
    for (const session of sessions) {
      while (this.#sending.size >= maxParallel) {
        if (!mayWait()) return;
        await Promise.race(this.#sending.values());
      }
      if (this.#stop.signal.aborted) return;
      if (this.#sending.has(session.id) || !this.#isLeft(session)) continue;
      try {
        this.send(store, session.id, configOf(session));
      } catch {
        // Its configuration has a mistake, and its next run reports it.
      }
    }
  }

  /** Waits for the notifications on their way, until `signal` aborts. Then those that are left stay for the next run. */
  async close(signal?: AbortSignal): Promise<void> {
    const stop = () => this.#stop.abort(new Error("the process ends"));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    await Promise.all(this.#sending.values());
    signal?.removeEventListener("abort", stop);
    stop();
  }

  async #send(store: SessionStore, id: string, config: NotifyConfig): Promise<void> {
    const session = await store.get(id);
    if (!session?.notification || !hasUnsentNotification(session)) return;
    const { notify, environment } = config;
    const body = await notificationBody(session, new SessionHandle(store, id), {
      link: notify.link,
      mask: secretMask(config),
    });
    if (!body) return;
    const secret = secretNames(config);
    await sendNotification(body, {
      settings: notify,
      environment: Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.has(name))),
      token: environment[notify.tokenEnv]?.trim() || undefined,
      fetch: this.#world.fetch,
      signal: this.#stop.signal,
    });
    await store.update(id, { notified: session.notification.key });
  }

  /** Whether no other process is sending a session's notification. */
  #isLeft(session: SessionFile): boolean {
    const { notification, status } = session;
    if (!notification || !hasUnsentNotification(session) || status === "running") return false;
    return isLeft(session, { atMs: Date.parse(notification.at), nowMs: this.#world.now() });
  }
}

/** Notifications of earlier processes that are sent at the same time. */
const maxParallel = 8;
/** Whether a session has a notification that no receiver took. */
export function hasUnsentNotification({ notification, notified }: SessionFile): boolean {
  return notification !== undefined && notification.key !== notified;
}
