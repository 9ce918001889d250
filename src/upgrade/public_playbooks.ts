import { parseProgram } from "../language/mod.ts";
import type { UpgradedFile, UpgradeNote } from "./upgraded_file.ts";

/** A playbook that another agent calls, in an upgraded file. */
interface Called {
  /** The line of its heading or its function, from 0. */
  readonly row: number;
  readonly message: string;
}

/**
 * Makes playbooks public that another agent of the program calls. The original ran such calls of private playbooks. The
 * files are one program; imported ones are not read. A playbook with an own `public` line stays as it is.
 */
export async function publishCalled(
  files: readonly UpgradedFile[],
  names: { readonly builtins: ReadonlySet<string>; readonly globals: readonly string[] },
): Promise<readonly UpgradedFile[]> {
  const program = files.map(({ path, after }) => ({ path, text: after }));
  const { builtins, globals } = names;
  const { problems } = await parseProgram(program, { builtins: [...builtins], checks: { globals } });
  return files.map((file) => {
    const called = new Map<number, Called>();
    for (const { code, definition, location, message } of problems) {
      if (code !== "private-playbook" || definition?.file !== file.path) continue;
      const row = definition.line - 1;
      called.set(row, { row, message: `${message} (line ${location.line} of ${location.file})` });
    }
    return [...called.values()].sort((a, b) => b.row - a.row).reduce(publish, file);
  });
}

function publish(file: UpgradedFile, { row, message }: Called): UpgradedFile {
  const eol = file.after.includes("\r\n") ? "\r\n" : "\n";
  const lines = file.after.split(/\r\n|\n/);
  const name = lines[row]!.trim();
  const noteAt = (text: string, needsPerson: boolean): UpgradedFile => {
    const note: UpgradeNote = {
      line: rowBefore(file.before, lines, row) + 1,
      column: 1,
      message: text,
      needsPerson,
    };
    return { ...file, notes: [...file.notes, note].sort((a, b) => a.line - b.line || a.column - b.column) };
  };
  if (!name.startsWith("#")) return noteAt(`${message}; add the tag @public to its comment`, true);
  if (hasOwnLine(lines, row)) return noteAt(`${message}, and its own "public" line says so`, true);
  const after = [...lines.slice(0, row + 1), "public: true", ...lines.slice(row + 1)].join(eol);
  return { ...noteAt("the playbook is public now, because another agent calls it", false), after };
}

/** Whether the playbook at a heading has a `public` line before the next heading. */
function hasOwnLine(lines: readonly string[], row: number): boolean {
  const rest = lines.slice(row + 1);
  const end = rest.findIndex((line) => /^\s*#/.test(line));
  return rest.slice(0, end < 0 ? rest.length : end).some((line) => /^\s*public\s*:/i.test(line));
}

/** The row of a heading in the file before its upgrade. Headings stay, and so does the order of equal ones. */
function rowBefore(before: string, lines: readonly string[], row: number): number {
  const heading = lines[row]!;
  const ordinal = lines.slice(0, row).filter((line) => line === heading).length;
  const rows = before.split(/\r\n|\n/).flatMap((line, at) => line === heading ? [at] : []);
  return rows[ordinal] ?? Math.min(row, before.split("\n").length - 1);
}
