/** The content of a JSDoc comment. */
interface Documentation {
  /** Its text, including unknown tags such as `@param`. */
  readonly description: string;
  readonly triggers: readonly string[];
  readonly public: boolean;
  readonly hidden: boolean;
  /** `@cli_entry`: the command line gives the parameters of this function. */
  readonly cliEntry: boolean;
  readonly meeting: boolean;
  /** Metadata about a meeting's attendees, by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads the inside of a `/** … *` + `/` comment, including its first star. */
export function parseDocumentation(comment: string): Documentation {
  const description: string[] = [];
  const triggers: string[] = [];
  let isPublic = false;
  let hidden = false;
  let cliEntry = false;
  let meeting = false;
  const metadata: Record<string, string> = {};
  let trigger: string | undefined;
  for (const line of comment.slice(1).split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())) {
    const tag = /^\s*@(\w+)\s*(.*)$/.exec(line);
    if (tag === null && trigger !== undefined && line.trim() !== "") {
      trigger += ` ${line.trim()}`;
      continue;
    }
    if (trigger !== undefined) triggers.push(trigger);
    trigger = undefined;
    if (tag?.[1] === "trigger") trigger = tag[2]!.trim();
    else if (tag?.[1] === "public") isPublic = true;
    else if (tag?.[1] === "hidden") hidden = true;
    else if (tag?.[1] === "cli_entry") cliEntry = true;
    else if (tag?.[1] === "meeting") meeting = true;
    else if (tag && /^(?:required|optional)_attendees$/.test(tag[1]!)) {
      metadata[tag[1]!] = tag[2]!.replace(/^\[|\]$/g, "").trim();
    } else description.push(line);
  }
  if (trigger !== undefined) triggers.push(trigger);
  return {
    description: description.join("\n").trim(),
    triggers: triggers.filter((text) => text !== ""),
    public: isPublic,
    hidden,
    cliEntry,
    meeting,
    metadata,
  };
}
