/** The options of `playbooks serve` and `playbooks studio`. */
export interface ServeOptions {
  /** Programs that clients can start, each a file. */
  readonly files: readonly string[];
  /** 0 for any that is free. */
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string;
  /** Further names under which clients reach the server, as behind a proxy. */
  readonly names: readonly string[];
  /** Sessions that run at the same time. */
  readonly concurrency: number;
  readonly json: boolean;
  readonly trust: boolean;
  readonly config?: string;
  /** Serve the page, too, and open it in the browser if `open`. */
  readonly page?: { readonly open: boolean };
}
