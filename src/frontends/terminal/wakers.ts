/** The sources that wake a terminal ui, besides events and keys. Each method returns a function that stops it. */
export interface Wakers {
  every(ms: number, task: () => void): () => void;
  after(ms: number, task: () => void): () => void;
  /** The terminal has a new size. */
  resized(task: () => void): () => void;
  /** The process continues after a stop (Ctrl+Z, then `fg`). */
  continued(task: () => void): () => void;
}

/** The clock and the signals of this process. */
export const realWakers: Wakers = {
  every(ms, task) {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  resized: (task) => onSignal("SIGWINCH", task),
  continued: (task) => onSignal("SIGCONT", task),
};

function onSignal(signal: "SIGWINCH" | "SIGCONT", task: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener(signal, task);
  return () => Deno.removeSignalListener(signal, task);
}
