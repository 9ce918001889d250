/** What `sessions rm` does. */
export interface RmOptions {
  readonly action: "remove" | "restore" | "list" | "empty";
  readonly sessions: readonly string[];
  readonly yes: boolean;
  readonly config?: string;
}
