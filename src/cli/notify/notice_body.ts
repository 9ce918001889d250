import { type SessionHandle, type SessionSnapshot } from "../../session/mod.ts";
import type { SessionFile, SessionNotice, SessionStatus } from "../../store/mod.ts";
import { cleanText, cutText } from "../../text/mod.ts";
import { programNames } from "../session_filter.ts";
import type { NotifySettings } from "./notify_settings.ts";

/** The JSON of a notice. A field may be added; none changes its meaning within a version. */
export interface NoticeBody {
  readonly version: 1;
  /** The same if a notice is sent again. */
  readonly key: string;
  readonly event: SessionNotice["event"];
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
  readonly question?: NoticeQuestion;
  readonly error?: string;
  /** An address for people, from `notify.link`. */
  readonly link?: string;
  /** The command that answers, goes on, or shows the session. */
  readonly command: string;
}

/** The newest question that is open. */
interface NoticeQuestion {
  readonly id: string;
  readonly agent: string;
  readonly klass: string;
  readonly person: string;
  /** The last words of the agent to the person. */
  readonly text?: string;
}

/** The body of a session's notice. Returns `undefined` if it is out of date: the session has gone on. */
export async function noticeBody(
  session: SessionFile,
  handle: SessionHandle,
  { link, mask }: Pick<NotifySettings, "link"> & { readonly mask: (text: string) => string },
): Promise<NoticeBody | undefined> {
  const { id, name, notice, status, exit, position } = session;
  if (!notice || !statuses[notice.event].includes(status)) return undefined;
  const snapshot = notice.event === "waiting" ? await handle.snapshot() : undefined;
  const question = snapshot && questionOf(notice, snapshot, mask);
  if (notice.event === "waiting" && !question) return undefined;
  return {
    version: 1,
    key: notice.key,
    event: notice.event,
    session: id,
    ...(name === undefined ? {} : { name }),
    program: programNames(session),
    status,
    ...(exit === undefined ? {} : { exit }),
    position: snapshot?.position ?? position,
    time: notice.at,
    ...(question ? { question } : {}),
    ...(notice.error === undefined ? {} : { error: cleanText(mask(notice.error)) }),
    ...(link === "" ? {} : { link: link.replaceAll("{id}", encodeURIComponent(id)) }),
    command: commandFor(notice.event, session, snapshot),
  };
}

/** The statuses with which a notice is up to date. */
const statuses: Readonly<Record<SessionNotice["event"], readonly SessionStatus[]>> = {
  waiting: ["waiting", "running"],
  decision: ["stopped"],
  failed: ["failed", "stopped"],
  completed: ["completed"],
};

/** The question of a notice, if it is still open. */
function questionOf(
  { key }: SessionNotice,
  { questions }: SessionSnapshot,
  mask: (text: string) => string,
): NoticeQuestion | undefined {
  const found = questions.find(({ id }) => key.endsWith(`:waiting:${id}`));
  if (!found) return undefined;
  const { id, agent, klass, person, said } = found;
  const text = said === undefined
    ? {}
    : { text: cutText(cleanText(mask(said)), { maxCharacters: maxTextCharacters }) };
  return { id, agent, klass, person, ...text };
}

function commandFor(
  event: SessionNotice["event"],
  { id, status }: SessionFile,
  snapshot: SessionSnapshot | undefined,
): string {
  if (status === "completed" || status === "failed") return `playbooks sessions show ${id}`;
  if (event !== "waiting") return `playbooks resume ${id}`;
  const person = (snapshot?.people.length ?? 0) < 2 ? undefined : snapshot?.questions.at(-1)?.person;
  return `playbooks resume ${id} --message ${person === undefined ? "TEXT" : `'@${person} TEXT'`}`;
}

const maxTextCharacters = 4000;
