import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import type { SessionView } from "../state/session_view.ts";
import { isDark } from "../state/theme.ts";
import { clockText } from "../view/format.ts";
import { Icon } from "../view/icons.tsx";
import { AgentName } from "../view/names.tsx";
import { Legend } from "./legend.tsx";
import { kindTexts } from "./mark_texts.ts";
import { drawTimeline, type TimelineColours, timelineSizes } from "./timeline_draw.ts";
import { moved, type ScaleName, scaleOf, wholeWindow, type Window, zoomed } from "./timeline_scale.ts";

/** Agents as lanes, with their turns, waits, words and failures; the stops of the process are lines over all lanes. */
export function Timeline({ view }: { readonly view: SessionView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useSignal<ScaleName>("even");
  /** `undefined`: the whole story. */
  const window = useSignal<Window | undefined>(undefined);
  const hovered = useSignal<Hovered | undefined>(undefined);
  const { table } = view;
  const height = timelineSizes.axis + Math.max(1, table.agents.length) * timelineSizes.lane + 1;
  const isRunning = view.summary?.status === "running";
  const paint = useRef(() => {});
  paint.current = () => {
    if (!canvas.current) return;
    const context = sized(canvas.current, height);
    if (!context) return;
    drawTimeline(context, {
      table,
      window: window.value ?? wholeWindow(table, scale.value),
      scale: scale.value,
      width: canvas.current.clientWidth,
      height,
      position: view.position.value,
      isRunning,
      colours: coloursOf(canvas.current),
    });
  };
  const scheduled = useRef(0);
  const schedule = () => {
    cancelAnimationFrame(scheduled.current);
    scheduled.current = requestAnimationFrame(() => paint.current());
  };
  void [view.growth.value, view.position.value, window.value, scale.value, isDark()];
  useEffect(schedule);
  useEffect(() => {
    const observer = new ResizeObserver(schedule);
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  const change = (next: (window: Window, whole: Window) => Window) => {
    const whole = wholeWindow(table, scale.value);
    const changed = next(window.value ?? whole, whole);
    window.value = changed.to - changed.from >= whole.to - whole.from ? undefined : changed;
  };
  usePointer(canvas, {
    view,
    scale,
    change,
    current: () => window.value ?? wholeWindow(table, scale.value),
    hovered,
  });
  const zoom = (factor: number) =>
    change((now, whole) => zoomed(now, { factor, at: (now.from + now.to) / 2 }, whole));
  return (
    <section class="timeline panel" aria-label="Timeline">
      <header class="panel-head">
        <h2>Timeline</h2>
        <Legend />
        <div class="tools">
          <button
            type="button"
            class="quiet"
            onClick={() => (scale.value = scale.value === "even" ? "time" : "even", window.value = undefined)}
            aria-pressed={scale.value === "time"}
            title="Show pauses at their full length"
          >
            <Icon name="clock" /> <span class="long">True time</span>
          </button>
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Zoom out"
            title="Zoom out  −"
            onClick={() => zoom(1.6)}
          >
            <Icon name="minus" />
          </button>
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Zoom in"
            title="Zoom in  +"
            data-key="zoom-in"
            onClick={() => zoom(1 / 1.6)}
          >
            <Icon name="plus" />
          </button>
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Show all"
            title="Show all  0"
            onClick={() => window.value = undefined}
          >
            <Icon name="fit" />
          </button>
        </div>
      </header>
      <div class="lanes">
        <ul class="lane-names" aria-label="Agents">
          {table.agents.map((agent, lane) => (
            <li key={agent.id} title={cleanLine(`${agent.klass} ${agent.id}`)}>
              <AgentName agent={agent} lane={lane} />
            </li>
          ))}
        </ul>
        <div class="lane-canvas">
          <canvas ref={canvas} role="img" aria-label={summaryOf(view)} />
          {hovered.value ? <Tip at={hovered.value} /> : null}
        </div>
      </div>
    </section>
  );
}

/** The timeline in words, for screen readers. The story says the same in full. */
function summaryOf({ table }: SessionView): string {
  if (table.rows === 0) return "Nothing has happened yet";
  let [turns, failures, stops] = [0, 0, 0];
  for (let row = 0; row < table.rows; row++) {
    const kind = table.kindOf(row);
    if (kind === "answer") turns++;
    else if (kind === "resumed") stops++;
    else if (kind.endsWith("failed")) failures++;
  }
  const [from, to] = [clockText(table.ms[0]!), clockText(table.ms[table.rows - 1]!)];
  return `${table.agents.length} agents from ${from} to ${to}: ${turns} turns of models, ${failures} failures, ` +
    `${stops} stops. The story has the same as text.`;
}

interface Hovered {
  readonly x: number;
  readonly text: string;
}

function Tip({ at }: { readonly at: Hovered }) {
  return <div class="tip" style={{ left: `${at.x}px` }} aria-hidden="true">{at.text}</div>;
}

/** Makes the canvas as sharp as the screen. */
function sized(canvas: HTMLCanvasElement, height: number): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const [pixels, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels || canvas.height !== rows) {
    canvas.width = pixels;
    canvas.height = rows;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d", { alpha: false });
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

let colours: { readonly isDark: boolean; readonly value: TimelineColours } | undefined;

function coloursOf(element: HTMLElement): TimelineColours {
  if (colours?.isDark === isDark()) return colours.value;
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const value: TimelineColours = {
    lanes: Array.from({ length: 8 }, (_, index) => of(`--lane-${index}`)),
    line: of("--line"),
    text: of("--text"),
    faint: of("--faint"),
    wrong: of("--wrong"),
    accent: of("--accent"),
    later: of("--later"),
    ground: of("--panel"),
  };
  colours = { isDark: isDark(), value };
  return value;
}

interface PointerTarget {
  readonly view: SessionView;
  readonly scale: { readonly value: ScaleName };
  readonly change: (next: (window: Window, whole: Window) => Window) => void;
  readonly current: () => Window;
  readonly hovered: { value: Hovered | undefined };
}

/** Drag to pan, wheel or two fingers to zoom, click to go there. */
function usePointer(canvas: { readonly current: HTMLCanvasElement | null }, target: PointerTarget): void {
  const latest = useRef(target);
  latest.current = target;
  useEffect(() => {
    const element = canvas.current!;
    const hand = new Hand(element, () => latest.current);
    const events = {
      pointerdown: (event: PointerEvent) => hand.down(event),
      pointermove: (event: PointerEvent) => hand.move(event),
      pointerup: (event: PointerEvent) => hand.up(event),
      pointercancel: (event: PointerEvent) => hand.up(event),
      pointerleave: () => latest.current.hovered.value = undefined,
    };
    const wheel = (event: WheelEvent) => hand.wheel(event);
    for (const [name, listen] of Object.entries(events)) {
      element.addEventListener(name, listen as EventListener);
    }
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      for (const [name, listen] of Object.entries(events)) {
        element.removeEventListener(name, listen as EventListener);
      }
      element.removeEventListener("wheel", wheel);
    };
  }, []);
}

/** The pointers on the canvas. */
class Hand {
  readonly #element: HTMLElement;
  readonly #target: () => PointerTarget;
  readonly #points = new Map<number, number>();
  #moved = 0;

  constructor(element: HTMLElement, target: () => PointerTarget) {
    this.#element = element;
    this.#target = target;
  }

  #x({ clientX }: { readonly clientX: number }): number {
    return clientX - this.#element.getBoundingClientRect().left;
  }

  #placeAt(x: number): number {
    const { from, to } = this.#target().current();
    return from + (x / this.#element.clientWidth) * (to - from);
  }

  #rowAt(x: number): number {
    const { view, scale } = this.#target();
    return view.table.rowAtPlace(scaleOf(view.table, scale.value), this.#placeAt(x + 3));
  }

  down(event: PointerEvent): void {
    this.#element.setPointerCapture(event.pointerId);
    this.#points.set(event.pointerId, this.#x(event));
    this.#moved = 0;
  }

  move(event: PointerEvent): void {
    const x = this.#x(event);
    const before = this.#points.get(event.pointerId);
    if (before === undefined) return this.#hover(x);
    this.#points.set(event.pointerId, x);
    this.#moved += Math.abs(x - before);
    const [one, other] = [...this.#points.values()];
    const { change } = this.#target();
    const perPixel = 1 / this.#element.clientWidth;
    if (other === undefined) {
      return change((now, whole) => moved(now, (before - x) * perPixel * (now.to - now.from), whole));
    }
    const still = one === x ? other : one!;
    const factor = Math.max(1, Math.abs(before - still)) / Math.max(1, Math.abs(x - still));
    const at = this.#placeAt(still);
    change((now, whole) => zoomed(now, { factor, at }, whole));
  }

  up(event: PointerEvent): void {
    if (!this.#points.delete(event.pointerId) || event.type === "pointercancel") return;
    if (this.#moved > 4 || this.#points.size > 0) return;
    const { view } = this.#target();
    const row = this.#rowAt(this.#x(event));
    if (row < 0) return;
    view.openRow.value = undefined;
    view.goTo(view.table.entries[row]);
  }

  wheel(event: WheelEvent): void {
    const { change } = this.#target();
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isSideways && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // The page scrolls with the wheel, unless the person zooms.
      if (this.#element.ownerDocument.documentElement.scrollHeight > innerHeight + 4) return;
    }
    event.preventDefault();
    const by = isSideways ? event.deltaX || event.deltaY : event.deltaY;
    const at = this.#placeAt(this.#x(event));
    change((now, whole) =>
      isSideways
        ? moved(now, (by / this.#element.clientWidth) * (now.to - now.from), whole)
        : zoomed(now, { factor: Math.exp(by * 0.0015), at }, whole)
    );
  }

  #hover(x: number): void {
    const { view, hovered } = this.#target();
    const row = this.#rowAt(x);
    if (row < 0) return void (hovered.value = undefined);
    const { table } = view;
    const playbook = table.playbookOf(row);
    const place = playbook === undefined ? "" : ` · ${playbook}`;
    hovered.value = {
      x,
      text: `${clockText(table.ms[row]!)} · entry ${table.entries[row]}${place} · ${
        kindTexts[table.kindOf(row)]
      }`,
    };
  }
}
