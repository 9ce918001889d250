import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** Rows of one chunk. A chunk is loaded and drawn as a whole when it comes near the visible part. */
const chunkRows = 60;

interface ChunkListProps<Row> {
  /** Names the content: another name forgets what was drawn. */
  readonly name: string;
  readonly label: string;
  readonly count: number;
  /** The height of a row that was not drawn yet, pixels. */
  readonly rowHeight: number;
  readonly load: (from: number, count: number) => Promise<readonly Row[]>;
  readonly render: (row: Row, index: number) => ComponentChildren;
  /** Stays at the end while the list grows, if the person is there. */
  readonly follows: boolean;
  /** With another number, the list goes to its end. */
  readonly ends: number;
  /** The index to bring into view when it changes. */
  readonly target?: number;
  /** Changes when rows must be drawn again. */
  readonly look: unknown;
  readonly empty: string;
}

/**
 * A list of any length: chunks outside of the visible part are empty boxes of the same height. So 100,000 rows need about
 * 1,700 small elements.
 */
export function ChunkList<Row>(props: ChunkListProps<Row>) {
  const { name, label, count, follows, ends, target, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const watcher = useMemo(() => new ChunkWatcher(), [name]);
  useEffect(() => watcher.begin(box.current!), [watcher]);
  useEffect(() => {
    // What stands below the list makes it shorter for a time.
    const resizes = new ResizeObserver(() => follows && isAtEnd.current && scrollToEnd(box.current!));
    resizes.observe(box.current!);
    return () => resizes.disconnect();
  }, [follows]);
  useLayoutEffect(() => {
    if (follows && isAtEnd.current && box.current) scrollToEnd(box.current);
  }, [count]);
  useLayoutEffect(() => {
    if (!follows || !box.current) return;
    isAtEnd.current = true;
    scrollToEnd(box.current);
  }, [follows, ends, name]);
  useEffect(() => {
    if (target !== undefined && box.current) bringIntoView(box.current, target, props.rowHeight);
  }, [target, name]);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    isAtEnd.current = scrollTop + clientHeight > scrollHeight - 40;
  };
  return (
    <div class="chunk-list" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label={label}>
      {count === 0
        ? <p class="empty">{empty}</p>
        : <Chunks {...props} key={name} watcher={watcher} box={box} isAtEnd={isAtEnd} />}
    </div>
  );
}

type ChunksProps<Row> = ChunkListProps<Row> & {
  readonly watcher: ChunkWatcher;
  readonly box: { readonly current: HTMLDivElement | null };
  readonly isAtEnd: { readonly current: boolean };
};

function Chunks<Row>(props: ChunksProps<Row>) {
  const { count, look } = props;
  // The same element object again tells Preact that a chunk has not changed.
  const kept = useRef({ look, full: [] as VNode[] });
  if (kept.current.look !== look) kept.current = { look, full: [] };
  const { full } = kept.current;
  const chunks = [];
  for (let chunk = 0; chunk * chunkRows < count; chunk++) {
    const size = Math.min(chunkRows, count - chunk * chunkRows);
    const element = full[chunk] ?? <Chunk key={chunk} {...props} chunk={chunk} size={size} />;
    if (size === chunkRows) full[chunk] = element;
    chunks.push(element);
  }
  return <>{chunks}</>;
}

function Chunk<Row>(props: ChunksProps<Row> & { readonly chunk: number; readonly size: number }) {
  const { chunk, size, rowHeight, load, render, watcher, follows, box, isAtEnd } = props;
  const element = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const [isNear, setNear] = useState(false);
  const [rows, setRows] = useState<readonly Row[]>([]);
  useEffect(() => watcher.watch(element.current!, setNear), [watcher]);
  const first = chunk * chunkRows;
  useEffect(() => {
    if (!isNear || rows.length >= size) return;
    let isOld = false;
    load(first, size).then((loaded) => isOld || setRows(loaded)).catch(() => {});
    return () => void (isOld = true);
  }, [isNear, size, rows.length, load]);
  useLayoutEffect(() => {
    if (!isNear || rows.length === 0) return;
    height.current = element.current!.offsetHeight;
    if (follows && isAtEnd.current && box.current) scrollToEnd(box.current);
  });
  const isDrawn = isNear && rows.length > 0;
  const missing = isDrawn ? (size - rows.length) * rowHeight : height.current || size * rowHeight;
  return (
    <div class="chunk" ref={element} data-first={first} style={isDrawn ? {} : { height: `${missing}px` }}>
      {isDrawn
        ? rows.map((row, index) => render(row, first + index))
        : null}
    </div>
  );
}

/** Tells chunks whether they are near the visible part of their list. */
class ChunkWatcher {
  readonly #targets = new Map<Element, (isNear: boolean) => void>();
  #observer: IntersectionObserver | undefined;

  begin(root: HTMLElement): () => void {
    // On a narrow screen the page scrolls, and not the list.
    const isScroller = getComputedStyle(root).overflowY === "auto";
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#targets.get(target)?.(isIntersecting);
      },
      { root: isScroller ? root : null, rootMargin: "800px 0px" },
    );
    for (const target of this.#targets.keys()) this.#observer.observe(target);
    return () => this.#observer?.disconnect();
  }

  watch(element: Element, onChange: (isNear: boolean) => void): () => void {
    this.#targets.set(element, onChange);
    this.#observer?.observe(element);
    return () => {
      this.#targets.delete(element);
      this.#observer?.unobserve(element);
    };
  }
}

function scrollToEnd(box: HTMLElement): void {
  box.scrollTop = box.scrollHeight;
}

/** The place of a row is known exactly after its chunk was drawn, so this looks a second time. */
function bringIntoView(box: HTMLElement, index: number, rowHeight: number): void {
  const first = index - index % chunkRows;
  const chunk = box.querySelector<HTMLElement>(`[data-first="${first}"]`);
  if (!chunk) return;
  const row = () => chunk.children[index - first] as HTMLElement | undefined;
  const drawn = row();
  if (drawn) return keepInView(box, drawn);
  box.scrollTop = chunk.offsetTop + (index - first) * rowHeight - box.clientHeight / 2;
  let looks = 0;
  const again = () => {
    const late = row();
    if (late) keepInView(box, late);
    else if (++looks < maxLooks) requestAnimationFrame(again);
  };
  requestAnimationFrame(again);
}

/** About two seconds. */
const maxLooks = 120;

function keepInView(box: HTMLElement, row: HTMLElement): void {
  const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  box.scrollTop += inner.top - outer.top - (outer.height - Math.min(inner.height, outer.height)) / 2;
}
