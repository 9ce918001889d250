/** Public functions of a clerk that programs as tools offer in tests. */
const functions = {
  add: `export async function add(a: number, b: number) {
  return a + b;
}`,
  count: `export async function count(steps: number) {
  for (let step = 1; step <= steps; step++) {
    await Say("user", "step " + step);
    await Sleep(0.2);
  }
  return { steps };
}`,
  ask: `export async function ask(question: string) {
  await Say("user", question);
  const first = await Yield("user");
  await Say("user", "And for whom?");
  return first + " for " + await Yield("user");
}`,
  fail: `export async function fail(why: string) {
  throw new Error(why);
}`,
} as const;

/** A program whose tools are these functions, in this order. */
export function clerkThat(...names: readonly (keyof typeof functions)[]): string {
  const code = names.map((name) => `/** @public */\n${functions[name]}`).join("\n");
  return `# Clerk\n\`\`\`ts\n${code}\n\`\`\`\n`;
}
