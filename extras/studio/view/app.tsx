import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { StudioActions, StudioReader } from "../data/studio_api.ts";
import { addressOf, goTo, route } from "../state/route.ts";
import { isDark, switchTheme } from "../state/theme.ts";
import { Dialog } from "./dialog.tsx";
import { ForkDialog } from "./fork_dialog.tsx";
import { Icon } from "./icons.tsx";
import { studioKeys } from "./key_help.ts";
import { isTyping } from "./keys.ts";
import { List } from "./list.tsx";
import { SessionPage } from "./session.tsx";

/** The whole page. `only`: a saved page shows this session alone. */
export function App(
  { reader, actions, only }: {
    readonly reader: StudioReader;
    readonly actions: StudioActions | undefined;
    readonly only?: string;
  },
) {
  const isHelpOpen = useSignal(false);
  usePageKeys(() => isHelpOpen.value = true, only === undefined);
  const { session = only, position } = route.value;
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("main h1, main button, main a")?.focus();
        }}
      >
        Skip to the content
      </a>
      <nav class="bar" aria-label="Page">
        {only === undefined
          ? (
            <a class="brand" href={addressOf({})}>
              <Mark /> playbooks
            </a>
          )
          : (
            <span class="brand">
              <Mark /> playbooks
            </span>
          )}
        {session !== undefined && only === undefined
          ? (
            <a class="back" href={addressOf({})}>
              <Icon name="left" /> Sessions
            </a>
          )
          : null}
        {only === undefined ? null : <span class="hint">saved page</span>}
        <span class="space" />
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Keys"
          title="Keys  ?"
          onClick={() => isHelpOpen.value = true}
        >
          <Icon name="keys" />
        </button>
        <ThemeSwitch />
      </nav>
      <Pages session={session} position={position} reader={reader} actions={actions} />
      <ForkDialog />
      {isHelpOpen.value ? <Help onClose={() => isHelpOpen.value = false} /> : null}
    </>
  );
}

/** The page of the address. While the page of a session is read, the one before it stays on the screen. */
function Pages(
  { session, position, reader, actions }: {
    readonly session: string | undefined;
    readonly position: number | undefined;
    readonly reader: StudioReader;
    readonly actions: StudioActions | undefined;
  },
) {
  const last = useSignal(session);
  // The list has nothing to wait for.
  const shown = session === undefined ? undefined : last.value;
  useEffect(() => {
    if (session === undefined) last.value = undefined;
  }, [session]);
  const pages = shown === session ? [session] : [shown, session];
  return (
    <>
      {pages.length > 1 ? <div class="loading" /> : null}
      {pages.map((id) =>
        id === undefined ? <List key="list" reader={reader} actions={actions} /> : (
          <SessionPage
            key={id}
            id={id}
            position={position}
            part={{ isWanted: id === session, isShown: id === shown }}
            onReady={() => last.value = id}
            reader={reader}
            actions={actions}
          />
        )
      )}
    </>
  );
}

/** Three steps, the second one under way. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <rect x="1.5" y="2" width="8" height="3" rx="1" />
      <rect x="4.5" y="6.5" width="10" height="3" rx="1" class="lit" />
      <rect x="1.5" y="11" width="6" height="3" rx="1" />
    </svg>
  );
}

function ThemeSwitch() {
  const dark = isDark();
  const label = dark ? "Light colours" : "Dark colours";
  return (
    <button
      type="button"
      class="quiet icon-only"
      aria-label={label}
      title={`${label}  t`}
      onClick={switchTheme}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}

function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="key-list">
        {studioKeys.map(({ keys, does }) => (
          <div key={does}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        On the timeline: drag to move, Ctrl and the wheel to zoom, click to go there. In a list: the arrow
        keys scroll it.
      </p>
    </Dialog>
  );
}

function usePageKeys(openHelp: () => void, hasList: boolean): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = pageAction(event.key, openHelp, hasList);
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

function pageAction(key: string, openHelp: () => void, hasList: boolean): (() => void) | undefined {
  const find = (name: string) => document.querySelector<HTMLElement>(`[data-key="${name}"]`);
  switch (key) {
    case "?":
      return openHelp;
    case "t":
      return switchTheme;
    case "l":
      return hasList ? () => goTo({}) : undefined;
    case "/":
      return () => find("search")?.focus();
    case "n":
      return () => find("start")?.click();
    default:
      return undefined;
  }
}
