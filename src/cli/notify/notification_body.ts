import { type SessionHandle, type SessionSnapshot } from "../../session/mod.ts";
import type { SessionFile, SessionNotification, SessionStatus } from "../../store/mod.ts";
import { cleanText, cutText } from "../../text/mod.ts";
import { programNames } from "../session_filter.ts";
import type { NotifySettings } from "./notify_settings.ts";

/** The JSON of a notification. A field may be added; none changes its meaning within a version. */
export interface NotificationBody {
  readonly version: 1;
  /** The same if a notification is sent again. */
  readonly key: string;
  readonly event: SessionNotification["event"];
  readonly session: string;
  readonly name?: string;
  /** Names of the program's files. */
  readonly program: string;
  readonly status: SessionStatus;
  /** The exit code of the run; absent while the session runs. */
  readonly exit?: number;
  /** Number of journal entries. */
  readonly position: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly question?: NotificationQuestion;
  readonly error?: string;
  /** An address for people, from `notify.link`. */
  readonly link?: string;
  /** The command that answers, goes on, or shows the session. */
  readonly command: string;
}

/** The newest question that is open. */
interface NotificationQuestion {
  readonly id: string;
  readonly agent: string;
  readonly klass: string;
  readonly person: string;
  /** The last words of the agent to the person. */
  readonly text?: string;
}

/** The body of a session's notification. Returns `undefined` if it is out of date: the session has gone on. */
export async function notificationBody(
  session: SessionFile,
  handle: SessionHandle,
  { link, mask }: Pick<NotifySettings, "link"> & { readonly mask: (text: string) => string },
): Promise<NotificationBody | undefined> {
  const { id, name, notification, status, exit, position } = session;
  if (!notification || !statuses[notification.event].includes(status)) return undefined;
  const snapshot = notification.event === "waiting" ? await handle.snapshot() : undefined;
  const question = snapshot && questionOf(notification, snapshot, mask);
  if (notification.event === "waiting" && !question) return undefined;
  return {
    version: 1,
    key: notification.key,
    event: notification.event,
    session: id,
    ...(name === undefined ? {} : { name }),
    program: programNames(session),
    status,
    ...(exit === undefined ? {} : { exit }),
    position: snapshot?.position ?? position,
    time: notification.at,
    ...(question ? { question } : {}),
    ...(notification.error === undefined ? {} : { error: cleanText(mask(notification.error)) }),
    ...(link === "" ? {} : { link: link.replaceAll("{id}", encodeURIComponent(id)) }),
    command: commandFor(notification.event, session, snapshot),
  };
}

/** The statuses with which a notification is up to date. */
const statuses: Readonly<Record<SessionNotification["event"], readonly SessionStatus[]>> = {
  waiting: ["waiting", "running"],
  decision: ["stopped"],
  failed: ["failed", "stopped"],
  completed: ["completed"],
};

/** The question of a notification, if it is still open. */
function questionOf(
  { key }: SessionNotification,
  { questions }: SessionSnapshot,
  mask: (text: string) => string,
): NotificationQuestion | undefined {
  const found = questions.find(({ id }) => key.endsWith(`:waiting:${id}`));
  if (!found) return undefined;
  const { id, agent, klass, person, said } = found;
  const text = said === undefined
    ? {}
    : { text: cutText(cleanText(mask(said)), { maxCharacters: maxTextCharacters }) };
  return { id, agent, klass, person, ...text };
}

function commandFor(
  event: SessionNotification["event"],
  { id, status }: SessionFile,
  snapshot: SessionSnapshot | undefined,
): string {
  if (status === "completed" || status === "failed") return `playbooks sessions show ${id}`;
  if (event !== "waiting") return `playbooks resume ${id}`;
  const person = (snapshot?.people.length ?? 0) < 2 ? undefined : snapshot?.questions.at(-1)?.person;
  return `playbooks resume ${id} --message ${person === undefined ? "TEXT" : `'@${person} TEXT'`}`;
}

const maxTextCharacters = 4000;
