import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { StudioActions, StudioReader } from "../data/studio_api.ts";
import { replaceRoute } from "../state/route.ts";
import { SessionView } from "../state/session_view.ts";
import { Announcements } from "./announcements.tsx";
import { Timeline } from "../timeline/timeline.tsx";
import { Composer } from "./composer.tsx";
import { isUnfocused } from "./focus.ts";
import { Inspector } from "./inspector.tsx";
import { Notices } from "./notices.tsx";
import { Scrubber } from "./scrubber.tsx";
import { SessionHeader } from "./session_header.tsx";
import { useSessionKeys } from "./session_keys.ts";
import { Story } from "./story.tsx";

/** While a page is read, the one before it stays on the screen. */
interface PagePart {
  /** It is the page of the address. */
  readonly isWanted: boolean;
  readonly isShown: boolean;
}

/** The page of one session. */
export function SessionPage(
  { id, position, part, onReady, reader, actions }: {
    readonly id: string;
    readonly position: number | undefined;
    readonly part: PagePart;
    /** Called when the first screen of the page is complete. */
    readonly onReady: () => void;
    readonly reader: StudioReader;
    readonly actions: StudioActions | undefined;
  },
) {
  const view = useMemo(() => new SessionView(id, { reader, actions }), [id]);
  useEffect(() => {
    void view.open(position);
    return () => view.close();
  }, [view]);
  const { isWanted, isShown } = part;
  useEffect(() => {
    if (isWanted && position !== view.position.peek() && view.table.rows > 0) view.goTo(position);
  }, [position, isWanted]);
  useEffect(() => {
    if (!isWanted) return;
    return view.position.subscribe((shown) =>
      replaceRoute({ session: id, ...(shown === undefined ? {} : { position: shown }) })
    );
  }, [view, isWanted]);
  useEffect(() => {
    if (isShown) return;
    const timer = setTimeout(onReady, maxHiddenMs);
    const unsubscribe = view.isReady.subscribe((isReady) => isReady && onReady());
    return () => (clearTimeout(timer), unsubscribe());
  }, [view, isShown]);
  const wasHidden = useRef(!isShown);
  useLayoutEffect(() => {
    if (!isShown || !wasHidden.current) return;
    scrollTo(0, 0);
    // The page before had the focus.
    if (isUnfocused()) focusTitle();
  }, [isShown]);
  useSessionKeys(view, isWanted && isShown);
  return (
    <main
      class={isShown ? "session" : "session coming"}
      {...(isShown ? { id: "main" } : {})}
      inert={!isShown || !isWanted}
    >
      <SessionHeader view={view} />
      <Notices view={view} />
      <Timeline view={view} />
      <Scrubber view={view} />
      <div class="panes">
        <div class="pane">
          <Story view={view} />
          <Composer view={view} />
          <Announcements texts={view.announcer.texts.value} />
        </div>
        <div class="pane">
          <Inspector view={view} />
        </div>
      </div>
    </main>
  );
}

function focusTitle(): void {
  document.querySelector<HTMLElement>("#main h1")?.focus({ preventScroll: true });
}

/** A page that takes longer to read is shown as far as it was read. */
const maxHiddenMs = 3000;
