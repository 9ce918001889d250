import { type InspectorTab, inspectorTabs, type SessionView } from "../state/session_view.ts";
import { Compare } from "./compare.tsx";
import { Spend } from "./spend.tsx";
import { Stack } from "./stack.tsx";
import { Turns } from "./turns.tsx";
import { Variables } from "./variables.tsx";

const tabTexts: Readonly<Record<InspectorTab, string>> = {
  stack: "Stack",
  variables: "Variables",
  turns: "Turns",
  spend: "Spend",
  compare: "Compare",
};

/** The tabs of a saved page: it holds one session. */
function tabsOf({ actions }: SessionView): readonly InspectorTab[] {
  return actions ? inspectorTabs : inspectorTabs.filter((tab) => tab !== "compare");
}

/** The parts beside the story: one of them at a time. */
export function Inspector({ view }: { readonly view: SessionView }) {
  const tab = view.tab.value;
  const tabs = tabsOf(view);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]!;
    view.tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
    event.preventDefault();
  };
  return (
    <section class="inspector panel" aria-label="Details">
      <div class="panel-head">
        <div class="tabs" role="tablist" aria-label="Details" onKeyDown={onKeyDown}>
          {tabs.map((each) => (
            <button
              key={each}
              id={`tab-${each}`}
              type="button"
              role="tab"
              aria-selected={tab === each}
              aria-controls="inspector-body"
              tabIndex={tab === each ? 0 : -1}
              onClick={() => view.tab.value = each}
            >
              {tabTexts[each]}
            </button>
          ))}
        </div>
      </div>
      <div
        class="inspector-body"
        id="inspector-body"
        role="tabpanel"
        aria-labelledby={`tab-${tab}`}
        aria-busy={view.isReading}
        tabIndex={0}
      >
        <Part view={view} tab={tab} />
      </div>
    </section>
  );
}

function Part({ view, tab }: { readonly view: SessionView; readonly tab: InspectorTab }) {
  switch (tab) {
    case "stack":
      return <Stack view={view} />;
    case "variables":
      return <Variables view={view} />;
    case "turns":
      return <Turns view={view} />;
    case "spend":
      return <Spend view={view} />;
    case "compare":
      return <Compare view={view} />;
  }
}
