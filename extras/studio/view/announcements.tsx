import type { SessionView } from "../state/session_view.ts";

/** News for screen readers, which read them out when they have time. Nobody sees them. */
export function Announcements({ texts }: { readonly texts: SessionView["announcer"]["texts"]["value"] }) {
  return (
    <div class="hidden" role="log" aria-live="polite" aria-label="News">
      {texts.map(({ id, text }) => <p key={id}>{text}</p>)}
    </div>
  );
}
