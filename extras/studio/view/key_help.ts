/** The keys of the page, for its help and for the documents. */
export const studioKeys: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ["?"], does: "show the keys" },
  { keys: ["/"], does: "search the list of sessions" },
  { keys: ["n"], does: "start a program" },
  { keys: ["l"], does: "go to the list" },
  { keys: ["t"], does: "switch between light and dark" },
  { keys: ["k", "j"], does: "go one entry back or on" },
  { keys: ["[", "]"], does: "go to the turn before or after" },
  { keys: [",", "."], does: "go to the start, or follow the end" },
  { keys: ["+", "-", "0"], does: "zoom the timeline in or out, or show all of it" },
  { keys: ["1", "…", "5"], does: "show stack, variables, turns, spend, comparison" },
  { keys: ["a"], does: "write an answer" },
];
