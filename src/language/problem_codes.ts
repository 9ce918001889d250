/**
 * The kinds of problems, by their stable codes. A code keeps its meaning in all later versions; a script may rely on it.
 * The text says what is wrong; docs/problems.md lists it.
 */
export const problemKinds = {
  "empty-program": "no file has any text",
  "not-text": "a file is not a text file",
  "too-large": "a file or a part of it is larger than its bound",
  "no-agents": "no `# Heading` defines an agent",
  "document": "the file is a Markdown document, and nothing in it says when to begin",
  "no-beginning": "no playbook says when the program begins; `run --call` begins it all the same",
  "two-entries": "two playbooks say `cli_entry: true`",
  "import": "an `!import` cannot be read",
  "metadata-syntax": "front matter or metadata is not YAML",
  "duplicate-key": "a key of front matter or metadata is given twice",
  "unknown-key": "a metadata key is not known, and a known one is near or stands at another place",
  "bad-value": "a metadata key has a value that it cannot have",
  "remote": "the tool server of an agent is described wrongly",
  "agent-type": "the word after the colon of an agent's heading is not AI, Human or MCP",
  "bad-name": "a heading gives no name",
  "bad-parameter": "a parameter of a heading cannot be read",
  "reserved-name": "an agent, a playbook or a helper has the name of a builtin",
  "duplicate-agent": "two agents have one name",
  "duplicate-playbook": "two playbooks of an agent have one name",
  "duplicate-declaration": "an agent's code declares a name twice",
  "stray-section": "a section of a playbook stands outside a playbook",
  "stray-step": "a step is not a list item, or a text below triggers is read as one of them",
  "duplicate-step": "a numbered step has the number of another",
  "empty-playbook": "a playbook has neither steps nor a description",
  "person-with-playbooks": "a person has playbooks or code, and they are not run",
  "only-persons": "all agents of the program are persons",
  "no-effect": "a metadata key of a person has no effect beside the other keys",
  "not-exported": "a function with a tag such as `@trigger` is not exported, so it is not a playbook",
  "unclosed-fence": "a code block has no closing fence",
  "python-code":
    "a block is in Python, and code here is TypeScript or JavaScript; an example in a document is a warning",
  "code-syntax": "a code block does not parse",
  "placeholder": "an expression in braces cannot be evaluated",
  "code-form": "code uses a form that it cannot have, such as the import of a library",
  "lost-change":
    "code changes a variable outside of its functions, and the next call does not see the change",
  "unknown-name": "code uses a name that nothing defines",
  "unknown-playbook": "a step or code calls a playbook that does not exist",
  "private-playbook": "a step or code calls a playbook of another agent that is not public",
  "unknown-attendee":
    "a meeting invites an agent or a person that the program does not have, or that cannot join",
} as const satisfies Readonly<Record<string, string>>;

/** The stable code of a kind of problem. */
export type ProblemCode = keyof typeof problemKinds;
