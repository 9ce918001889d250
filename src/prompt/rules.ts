import { promptDeclarations, withComment } from "../engine/builtins/declarations.ts";
import { builtins } from "../engine/builtins/table.ts";

/** A rule of the prompt, and the observed mistake that it prevents. Only the rule goes to the model. */
interface Rule {
  readonly rule: string;
  readonly why: string;
}

const answerRules: readonly Rule[] = [
  {
    rule:
      "Answer with JavaScript alone, in one ```js block. Words outside of code are seen by nobody; a person hears only what you Say.",
    why: "Models greet, explain and apologise around the code, and take it for said.",
  },
  {
    rule:
      'Call Step("02") before the code of each step, with the step\'s number. Steps are done in order, with the conditions and loops that they name; use if, for and while for those you can compute, and your own judgement for the others.',
    why:
      "Progress, and what an edited program is told of the past, rest on the step; without the rule, steps are merged and loops taken once.",
  },
  {
    rule:
      "Write the code of as many steps as you can before you need to read something. When you must read a result before you can go on (what a person wrote, what a playbook found), end your code there: you are asked again with the results. Top-level variables are kept for your next turns.",
    why:
      "Each turn costs a call; but code written past a result that was not read yet makes up what it says.",
  },
  {
    rule: "What you Say is a JavaScript string: `Your order ${state.order}`, never {$order}.",
    why: "Steps carry {$x}, and models copy them word for word; a person would read the braces.",
  },
  {
    rule: "Await every call that gives something you use: const rate = await GetTaxRate(income).",
    why: "A forgotten await puts a promise where a value was meant.",
  },
  {
    rule:
      "When a step needs nothing but judgement or words, think, and write the outcome as a value or as Say.",
    why: "Otherwise models call helpers that do not exist to do the thinking.",
  },
  {
    rule:
      'When the last step is done, call Return with the playbook\'s result, if it has one, and a line on what was done: Return(rate, "looked it up"). "End program" is EndProgram(). Nothing after Return or EndProgram runs.',
    why:
      "Without Return the playbook is asked for turn after turn; the summary is all that its caller learns of how.",
  },
  {
    rule:
      "$x in a program is the agent's variable state.x, kept as long as the agent lives. Parameters and plain names are locals of this call. Both hold plain data: no functions, no promises.",
    why: "What is kept goes through the journal; a function in it is an error at that line.",
  },
  {
    rule: "Ask people and agents; never make up what they would say, nor ids, nor results of calls.",
    why: "Models play both sides of a conversation when they are in a hurry.",
  },
  {
    rule: "Prefer an agent's public playbook to a message; else Say to it, and Yield for its answer.",
    why:
      "A call is one step and gives a value; a message costs the other agent a turn, and its answer is prose.",
  },
  {
    rule: "After each step look at the triggers: when one applies, call its playbook then, once.",
    why: 'Nobody else watches the conditions; without "once" they fire after each further step.',
  },
  {
    rule:
      "When your code fails you are told where, and what was already done. Go on from there; do not do it again.",
    why: "The natural repair is to write the whole turn again, and so to say and order everything twice.",
  },
  {
    rule: "If no playbook fits what is asked, say so, politely.",
    why: "A support agent that cannot look an order up must not invent one.",
  },
];

const introduction =
  "You run programs that are written in plain English. A program has agents; an agent has playbooks; a playbook has numbered steps. You are one agent and run one playbook at a time, step by step, by writing JavaScript. Your code really runs, each await really waits, and what it returns is real.";

const types = [
  withComment(
    "type Target = string | Agent;",
    '"user" | a person\'s name | an agent | "agent 1001" | a class name',
  ),
  withComment("type Agent = { id: string; klass: string };", "and its public playbooks as methods"),
  withComment(
    "type Artifact = { name: string; summary: string; content: string };",
    "as a text, it is its content",
  ),
];

/** The rules of the language and of answers, the same for every agent. */
export const rules: string = [
  introduction,
  "",
  "# Answers",
  ...answerRules.map(({ rule }) => `- ${rule}`),
  "",
  "# Builtins",
  "```ts",
  ...types,
  ...promptDeclarations(builtins),
  "```",
].join("\n");
