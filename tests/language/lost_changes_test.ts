import { assertEquals } from "@std/assert";
import { reservedNames, yieldingNames } from "../../src/engine/builtins/table.ts";
import { parseProgram } from "../../src/language/mod.ts";
import { globalNames } from "../../src/sandbox/mod.ts";

/** The warnings about lost changes in a program whose block begins with some code. */
async function lost(code: string, more = "export function Other() {}"): Promise<readonly string[]> {
  const text = `# A
\`\`\`ts
${code}
${more}
/** @trigger At the beginning */
export async function Main() {}
\`\`\`
`;
  const checks = { globals: [...globalNames, ...yieldingNames] };
  const { problems } = await parseProgram([{ path: "main.pb", text }], { builtins: reservedNames, checks });
  return problems.filter(({ code }) => code === "lost-change").map(({ location, severity, hint }) =>
    `${severity} ${location.line}:${location.column} ${hint}`
  );
}

const changes: readonly [code: string, place: string, name: string][] = [
  ["let n = 0; export function Bump() { n++; }", "3:37", "n"],
  ["let n = 0; const bump = () => { n += 1; };", "3:33", "n"],
  ["const all: string[] = []; function add(x: string) { all.push(x); }", "3:53", "all"],
  ["const seen = new Map(); export function See(x: string) { seen.set(x, 1); }", "3:58", "seen"],
  ["const box = { a: { n: 1 } }; export function Set1() { box.a.n = 2; }", "3:55", "box"],
  ["const box = { add(a: number) {} }; export function Set2() { box.add = () => {}; }", "3:61", "box"],
  ["const box = { add() {}, all: [] }; export function Set3() { box.all.add(1); }", "3:61", "box"],
  ["const box = { add: [] }; export function Set4() { box.add(1); }", "3:51", "box"],
  ["const rows: any = {}; export function Drop() { delete rows['a']; }", "3:55", "rows"],
];
for (const [code, place, name] of changes) {
  Deno.test(`lost changes: a change of a variable outside of its function is a warning: ${code}`, async () => {
    assertEquals(await lost(code), [`warning ${place} Keep it in a variable of the agent: state.${name}`]);
  });
}

const harmless: readonly [what: string, code: string, more?: string][] = [
  ["at the top of the block", "const all: number[] = []; for (const x of [1, 2]) all.push(x);"],
  [
    "of a variable of the function",
    "export function F() { let n = 0; n++; const l = []; l.push(n); return l; }",
  ],
  ["of the state", "export function F() { state.n = 1; state.list.push(2); }"],
  ["of a parameter with the same name", "let n = 0; export function F(n: number) { n++; return n; }"],
  ["that is only read", "const rates = new Map(); export function F() { return rates.get('a'); }"],
  [
    "by a method of the block itself",
    "const py = { add(a: any, b: any): any { return a > b ? py.add(b, a) : a; }, set: () => 1, push: function () {} };" +
    "export function F() { py.set(); py.push(); return py.add(1, 2); }",
  ],
  ["in a block with one playbook", "let n = 0; function bump() { n++; }", ""],
];
for (const [what, code, more] of harmless) {
  Deno.test(`lost changes: no warning for a change ${what}`, async () => {
    assertEquals(await lost(code, more), []);
  });
}
