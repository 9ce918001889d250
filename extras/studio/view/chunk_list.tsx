import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** Rows of one chunk. A chunk is loaded and drawn as a whole when it comes near the visible part. */
const chunkRows = 60;
/** Rows of one block: its chunks are elements only while the block is near the visible part. */
const blockRows = 20 * chunkRows;

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
  /** Called when rows are on the screen. */
  readonly onDrawn: () => void;
}

/**
 * A list of any length: blocks and chunks outside of the visible part are empty boxes of the same height. So 100,000 rows need
 * about 100 small elements.
 */
export function ChunkList<Row>(props: ChunkListProps<Row>) {
  const { name, label, count, follows, ends, target, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const watcher = useMemo(() => new ChunkWatcher(), [name]);
  useEffect(() => watcher.begin(box.current!), [watcher]);
  useEffect(() => {
    // What stands below the list makes it shorter for a time.
    const element = box.current!;
    const resizes = new ResizeObserver(() => void (follows && isAtEnd.current && scrollToEnd(element)));
    resizes.observe(element);
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
        : <Blocks {...props} key={name} watcher={watcher} box={box} isAtEnd={isAtEnd} />}
    </div>
  );
}

type ChunksProps<Row> = ChunkListProps<Row> & {
  readonly watcher: ChunkWatcher;
  readonly box: { readonly current: HTMLDivElement | null };
  readonly isAtEnd: { readonly current: boolean };
};

function Blocks<Row>(props: ChunksProps<Row>) {
  return <>{useParts(props, { first: 0, size: props.count, partRows: blockRows }, Block)}</>;
}

/** A part of the rows: a chunk, or a block of chunks. */
interface PartPlace {
  readonly first: number;
  readonly size: number;
}

type PartProps<Row> = ChunksProps<Row> & PartPlace;

/** The elements of the parts of some rows. */
function useParts<Row>(
  props: ChunksProps<Row>,
  { first, size, partRows }: PartPlace & { readonly partRows: number },
  Part: (props: PartProps<Row>) => VNode,
): readonly VNode[] {
  const { look } = props;
  // The same element object again tells Preact that a part has not changed.
  const kept = useRef({ look, full: [] as VNode[] });
  if (kept.current.look !== look) kept.current = { look, full: [] };
  const { full } = kept.current;
  const parts = [];
  for (let part = 0; part * partRows < size; part++) {
    const rows = Math.min(partRows, size - part * partRows);
    const from = first + part * partRows;
    const element = full[part] ?? <Part key={from} {...props} first={from} size={rows} />;
    if (rows === partRows) full[part] = element;
    parts.push(element);
  }
  return parts;
}

function Block<Row>(props: PartProps<Row>) {
  const { first, size, rowHeight, watcher } = props;
  const element = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const [isNear, setNear] = useState(false);
  const chunks = useParts(props, { first, size, partRows: chunkRows }, Chunk);
  const leave = (isNear: boolean) => {
    // Its chunks know their heights, and they go with it.
    if (!isNear && element.current!.childElementCount > 0) height.current = element.current!.offsetHeight;
    setNear(isNear);
  };
  useEffect(() => watcher.watch(element.current!, leave), [watcher]);
  return (
    <div
      class="block"
      ref={element}
      data-block={first}
      style={isNear ? {} : { height: `${height.current || size * rowHeight}px` }}
    >
      {isNear ? chunks : null}
    </div>
  );
}

function Chunk<Row>(props: PartProps<Row>) {
  const { first, size, rowHeight, load, render, watcher, follows, box, isAtEnd } = props;
  const element = useRef<HTMLDivElement>(null);
  const height = useRef(watcher.heights.get(first) ?? 0);
  const [isNear, setNear] = useState(false);
  const [rows, setRows] = useState<readonly Row[]>([]);
  useEffect(() => watcher.watch(element.current!, setNear), [watcher]);
  useEffect(() => {
    if (!isNear || rows.length >= size) return;
    let isOld = false;
    load(first, size).then((loaded) => isOld || setRows(loaded)).catch(() => {});
    return () => void (isOld = true);
  }, [isNear, size, rows.length, load]);
  useLayoutEffect(() => {
    if (!isNear || rows.length === 0) return;
    height.current = element.current!.offsetHeight;
    watcher.heights.set(first, height.current);
    props.onDrawn();
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
  /** Heights of chunks that were drawn, by their first rows. A chunk comes and goes with its block. */
  readonly heights = new Map<number, number>();
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
  const chunk = () => box.querySelector<HTMLElement>(`[data-first="${first}"]`);
  const row = () => chunk()?.children[index - first] as HTMLElement | undefined;
  const drawn = row();
  if (drawn) return keepInView(box, drawn);
  const firstOfBlock = index - index % blockRows;
  const block = box.querySelector<HTMLElement>(`[data-block="${firstOfBlock}"]`);
  const known = chunk();
  if (!known && !block) return;
  const top = known
    ? known.offsetTop + (index - first) * rowHeight
    : block!.offsetTop + (index - firstOfBlock) * rowHeight;
  box.scrollTop = top - box.clientHeight / 2;
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
