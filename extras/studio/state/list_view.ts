import { computed, signal } from "@preact/signals";
import type { FoundText, ListedSession, StudioActions, StudioReader } from "../data/studio_api.ts";
import { spokenError } from "./session_view.ts";

/** The statuses that the list can be filtered by. */
export const listedStatuses = ["running", "waiting", "stopped", "failed", "completed"] as const;

/** The state of the list of sessions. */
export class ListView {
  readonly reader: StudioReader;
  readonly actions: StudioActions | undefined;
  readonly sessions = signal<readonly ListedSession[] | undefined>(undefined);
  readonly error = signal<string | undefined>(undefined);
  readonly text = signal("");
  readonly program = signal("");
  readonly statuses = signal<ReadonlySet<string>>(new Set());
  /** Texts that a search inside of the sessions found. */
  readonly found = signal<{ readonly hits: readonly FoundText[]; readonly isCut: boolean } | undefined>(
    undefined,
  );
  /** Open questions by session; a session's are read again when it has run since. */
  readonly questions = signal<ReadonlyMap<string, KnownQuestion>>(new Map());
  readonly isSearching = signal(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;

  /** The sessions that the filters choose. */
  readonly chosen = computed(() => {
    const wanted = this.text.value.trim().normalize("NFC").toLowerCase();
    return (this.sessions.value ?? []).filter((session) =>
      (this.statuses.value.size === 0 || this.statuses.value.has(session.status)) &&
      (this.program.value === "" || session.programPaths.some((path) => path === this.program.value)) &&
      (wanted === "" || textsOf(session).some((each) => each.normalize("NFC").toLowerCase().includes(wanted)))
    );
  });

  /** The program files of all sessions. */
  readonly programs = computed(() =>
    [...new Set((this.sessions.value ?? []).flatMap(({ programPaths }) => programPaths))].sort()
  );

  constructor(reader: StudioReader, actions: StudioActions | undefined) {
    this.reader = reader;
    this.actions = actions;
  }

  /** Reads the list, and again and again. */
  open(): void {
    this.#isOpen = true;
    void this.#follow();
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  /** A long list is read less often. */
  async #follow(): Promise<void> {
    const startMs = performance.now();
    if (!document.hidden) await this.pull();
    const delayMs = Math.max(listMs, maxLoad * (performance.now() - startMs));
    if (this.#isOpen) this.#timer = setTimeout(() => void this.#follow(), delayMs);
  }

  async pull(): Promise<void> {
    try {
      this.sessions.value = await this.reader.list();
      this.error.value = undefined;
      await this.#readQuestions();
    } catch (error) {
      this.error.value = spokenError(error);
    }
  }

  /** Reads the questions of the newest sessions that wait. Those of a session are read again after it has run. */
  async #readQuestions(): Promise<void> {
    const open = (this.sessions.value ?? []).filter(({ status }) =>
      status === "waiting" || status === "running"
    );
    for (const { id, updatedAt, position, status } of open.slice(0, maxQuestions)) {
      const known = this.questions.value.get(id);
      const mark = `${updatedAt} ${position}`;
      if (known?.mark === mark && (status === "waiting" || performance.now() - known.readMs < runningMs)) {
        continue;
      }
      const { questions: [first] } = await this.reader.moment(id);
      const text = first && `${first.klass}: ${first.said ?? "waits for words"}`;
      this.questions.value = new Map(this.questions.value).set(id, {
        mark,
        readMs: performance.now(),
        ...(text === undefined ? {} : { text }),
      });
    }
  }

  toggle(status: string): void {
    const statuses = new Set(this.statuses.value);
    if (!statuses.delete(status)) statuses.add(status);
    this.statuses.value = statuses;
  }

  /** Looks for the text inside of the sessions. */
  async search(): Promise<void> {
    const text = this.text.value.trim();
    if (!this.actions || text === "") return void (this.found.value = undefined);
    this.isSearching.value = true;
    try {
      this.found.value = await this.actions.search(text);
      this.error.value = undefined;
    } catch (error) {
      this.error.value = spokenError(error);
    } finally {
      this.isSearching.value = false;
    }
  }
}

interface KnownQuestion {
  /** Tells whether the session has run since. */
  readonly mark: string;
  readonly readMs: number;
  /** Absent: nothing is asked. */
  readonly text?: string;
}

/** Sessions whose questions are read with the list. */
const maxQuestions = 20;

/** How often the list is read. */
const listMs = 1500;
/** The time between two readings is at least so many times as long as one. */
const maxLoad = 10;
/** The question of a session that runs may change without a new summary. */
const runningMs = 5000;

function textsOf({ id, name = "", programPaths }: ListedSession): readonly string[] {
  return [id, name, ...programPaths];
}
