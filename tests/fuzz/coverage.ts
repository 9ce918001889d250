import { Session } from "node:inspector";

/** The blocks of our source that have run, counted by V8. */
export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  /** Counts blocks from now on, in the files with `part` in their path. */
  static async start(part: string): Promise<Coverage> {
    const coverage = new Coverage(part);
    coverage.#session.connect();
    await coverage.#post("Profiler.enable");
    await coverage.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return coverage;
  }

  readonly #part: string;

  private constructor(part: string) {
    this.#part = part;
  }

  /** How many blocks have run so far. */
  get blocks(): number {
    return this.#seen.size;
  }

  /** Whether new blocks have run since the last call. With `peek` they still count as new afterwards. */
  async fresh(options: { readonly peek: boolean } = { peek: false }): Promise<boolean> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as {
      readonly result: readonly ScriptCoverage[];
    };
    let found = false;
    for (const script of result) {
      if (!script.url.includes(this.#part)) continue;
      for (const { ranges } of script.functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${script.url}:${startOffset}:${endOffset}`;
          if (count === 0 || this.#seen.has(block)) continue;
          found = true;
          if (!options.peek) this.#seen.add(block);
        }
      }
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error: Error | null, result?: object) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  }
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}
