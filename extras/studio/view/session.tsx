import { useEffect, useMemo } from "preact/hooks";
import type { StudioActions, StudioReader } from "../data/studio_api.ts";
import { replaceRoute } from "../state/route.ts";
import { SessionView } from "../state/session_view.ts";
import { Announcements } from "./announcements.tsx";
import { Timeline } from "../timeline/timeline.tsx";
import { Composer } from "./composer.tsx";
import { Inspector } from "./inspector.tsx";
import { Notices } from "./notices.tsx";
import { Scrubber } from "./scrubber.tsx";
import { SessionHeader } from "./session_header.tsx";
import { useSessionKeys } from "./session_keys.ts";
import { Story } from "./story.tsx";

/** The page of one session. */
export function SessionPage(
  { id, position, reader, actions }: {
    readonly id: string;
    readonly position: number | undefined;
    readonly reader: StudioReader;
    readonly actions: StudioActions | undefined;
  },
) {
  const view = useMemo(() => new SessionView(id, { reader, actions }), [id]);
  useEffect(() => {
    void view.open(position);
    return () => view.close();
  }, [view]);
  useEffect(() => {
    if (position !== view.position.peek() && view.table.rows > 0) view.goTo(position);
  }, [position]);
  useEffect(
    () =>
      view.position.subscribe((shown) =>
        replaceRoute({ session: id, ...(shown === undefined ? {} : { position: shown }) })
      ),
    [view],
  );
  useSessionKeys(view);
  return (
    <main class="session" id="main">
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
