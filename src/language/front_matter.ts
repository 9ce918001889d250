import { messageOf } from "../errors.ts";
import type { Problem } from "./program.ts";
import { errorAt, locationAt, type SourceLine } from "./source.ts";
import { yamlReader } from "./yaml.ts";
import { isMap } from "./values.ts";

/** The maximum of characters in one YAML text. */
const maxYamlLength = 64 * 1024;

/** The maximum of reported errors in one YAML text. Later errors of a YAML parser are often wrong. */
const maxErrors = 3;

/** The front matter of one file and the lines that follow it. */
interface FrontMatter {
  readonly data: ReadonlyMap<string, { readonly value: unknown; readonly line: SourceLine }>;
  readonly rest: readonly SourceLine[];
}

/** Takes the YAML between two `---` lines at the start of a file. Without a closing line there is no front matter. */
export function takeFrontMatter(lines: readonly SourceLine[], problems: Problem[]): FrontMatter {
  const none: FrontMatter = { data: new Map(), rest: lines };
  const start = lines.findIndex((line) => line.text.trim() !== "");
  if (start < 0 || lines[start]!.text.trimEnd() !== "---") return none;
  const length = lines.slice(start + 1).findIndex((line) => line.text.trimEnd() === "---");
  if (length < 0) return none;
  const body = lines.slice(start + 1, start + 1 + length);
  const first = body.find((line) => line.text.trim() !== "" && !line.text.startsWith("# "));
  if (first === undefined || !/^[\w$-]+\s*:(\s|$)/.test(first.text)) return none;
  const data = new Map<string, { value: unknown; line: SourceLine }>();
  const map = parseYamlMap(body, problems);
  for (const [key, value] of Object.entries(map)) {
    const line = body.find((line) => line.text.startsWith(key)) ?? body[0]!;
    data.set(key, { value, line });
  }
  return { data, rest: lines.slice(start + length + 2) };
}

/** Reads lines of YAML as a map. Each mistake becomes a problem at its location; the other keys stay. */
export function parseYamlMap(lines: readonly SourceLine[], problems: Problem[]): Record<string, unknown> {
  const text = lines.map((line) => line.text).join("\n");
  const first = lines[0];
  if (first === undefined) return {};
  if (text.length > maxYamlLength) {
    problems.push(errorAt(first, "too-large", "Cannot read this metadata: it is larger than 64 KiB"));
    return {};
  }
  const { LineCounter, parseDocument } = yamlReader();
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "silent" });
    for (const error of document.errors.slice(0, maxErrors)) {
      const place = lineCounter.linePos(error.pos[0]);
      const line = lines[Math.min(place.line, lines.length) - 1]!;
      problems.push({
        severity: "error",
        code: error.code === "DUPLICATE_KEY" ? "duplicate-key" : "metadata-syntax",
        message: error.code === "DUPLICATE_KEY"
          ? `Duplicate key "${text.slice(error.pos[0]).match(/^[^\s:]*/)![0]}"`
          : `Cannot read this metadata: ${reasonOf(error)}`,
        location: locationAt(line, place.col - 1),
        length: Math.max(1, Math.min(error.pos[1] - error.pos[0], line.text.length - place.col + 1)),
      });
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return isMap(value) ? value : {};
  } catch (error) {
    problems.push(errorAt(first, "metadata-syntax", `Cannot read this metadata: ${reasonOf(error)}`));
    return {};
  }
}

function reasonOf(error: unknown): string {
  const message = messageOf(error).split("\n")[0]!;
  return /call stack/.test(message) ? "it is nested too deeply" : message;
}
