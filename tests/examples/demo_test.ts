import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { comparisonLines } from "../../extras/demo/demo_page.ts";
import { compareRuns, type Seen } from "../../extras/demo/demo_report.ts";
import type { Ran } from "../../src/cli/playbooks_process.ts";
import type { Entry } from "../../src/engine/mod.ts";
import { textWidth } from "../../src/frontends/text_width.ts";
import { folderWith } from "../support/playbooks_process.ts";

Deno.test("demo: it kills a process with nested calls on its stack, and the resumed process does the rest once", async () => {
  await using folder = await folderWith({
    "playbooks.toml": "this is no configuration",
    "tmp/.keep": "so that the folder is there",
  });
  const { stdout, stderr, code } = await folder.run(["demo"], {
    env: { TMPDIR: `${folder.path}/tmp`, PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "1", PLAYBOOKS_CRASH_AT: "3" },
  });
  assertEquals(code, 0, stdout + stderr);
  const [, whole, killed, resumed, sides, returned] = stdout.split(/\n\n(?=\S)/);
  const words = [
    "Seller: A bicycle for 120 dollars.",
    "Buyer: I offer 80 dollars.",
    "Seller: No; I come down to 110.",
    "Buyer: I offer 90 dollars.",
    "Seller: No; I come down to 100.",
    "Buyer: I offer 100 dollars.",
    "Seller: Sold, for 100 dollars.",
  ];
  assertEquals(wordsIn(whole), words);
  assertEquals(wordsIn(killed), words.slice(0, 3));
  assertEquals(wordsIn(resumed), words.slice(3));
  assertMatch(
    killed!,
    /✗ process \d+ is dead; .*\n {5}Seller\(1000\) Main\(\)\n {7}Seller\(1000\) Negotiate\(120\)\n {9}Buyer\(1001\) MakeOffer\(110\)\n {11}Buyer\(1001\) ThinkItOver\(110\)/,
  );
  assertMatch(sides!, /messages to the user +7 +3 \+ 4 = 7\n +model calls +8 +6 \+ 2 = 8\n/);
  assertMatch(
    returned!,
    /Main\(\) +→ 100\n.*Negotiate\(120\) +→ 100\n.*MakeOffer\(110\) +→ 90\n.*ThinkItOver\(110\) +→ 90$/,
  );
  assertStringIncludes(stdout, "✅ Nothing was asked, said or paid twice");
  assert([...stdout].every((character) => character !== "\x1b"), "colours without a terminal");
  // A compiled Deno program keeps its own cache there.
  const left = [...Deno.readDirSync(`${folder.path}/tmp`)].filter((entry) => entry.isDirectory);
  assertEquals(left, []);
});

Deno.test("demo: compareRuns() finds no fault in a killed run that did the rest", () => {
  assertEquals(compareRuns(seen()).faults, []);
});

const faulty: Readonly<Record<string, { readonly seen: Seen; readonly fault: string }>> = {
  "words said twice": {
    seen: seen({ resumed: ran({ said: ["one", "two"], modelCalls: 1 }) }),
    fault: "The user was not told the same words",
  },
  "words lost": {
    seen: seen({ resumed: ran({ said: [], modelCalls: 1 }) }),
    fault: "Not the same messages to the user: 2, 1 + 0 = 1",
  },
  "a model asked again": {
    seen: seen({ resumed: ran({ said: ["two"], modelCalls: 2 }) }),
    fault: "Not the same model calls: 3, 2 + 2 = 4",
  },
  "money spent again": {
    seen: seen({ resumed: ran({ said: ["two"], modelCalls: 1, costUsd: 0.25 }) }),
    fault: "Not the same dollars: 0, 0 + 0.25 = 0.25",
  },
  "a kill that came too late": {
    seen: seen({ killed: ran({ said: ["one"], modelCalls: 2 }) }),
    fault: "The second run ended before the kill, with exit code 0, and said: a note",
  },
  "a resume that fails": {
    seen: seen({ resumed: ran({ said: ["two"], modelCalls: 1, exit: 6 }) }),
    fault: "The resumed run ended with exit code 6, and said: a note",
  },
  "a call that never returns": {
    seen: seen({ returns: ["f2"] }),
    fault: "Seller(1000) Main() returned 0 times after the resume, not once",
  },
  "a call that returns twice": {
    seen: seen({ returns: ["f2", "f1", "f1"] }),
    fault: "Seller(1000) Main() returned 2 times after the resume, not once",
  },
  "another value": {
    seen: seen({ value: 2 }),
    fault: "The calls did not return the same values",
  },
  "a journal that was written anew": {
    seen: seen({ rewritten: true }),
    fault: "The resume changed what had been journaled before the kill",
  },
};

Deno.test("demo: compareRuns() reports every fault, and the page shows it", async (t) => {
  for (const [name, { seen, fault }] of Object.entries(faulty)) {
    await t.step(name, () => {
      const comparison = compareRuns(seen);
      assert(comparison.faults.includes(fault), comparison.faults.join("\n"));
      const page = comparisonLines(comparison, 1, { columns: 80, colours: false }).join("\n");
      assertStringIncludes(page, `❌ These promises do not hold:`);
      assertStringIncludes(page, fault);
      assert(!page.includes("✅"));
    });
  }
});

Deno.test("demo: its page fits a terminal of at least 40 columns", () => {
  const wide = "a long sentence ".repeat(20);
  const comparison = compareRuns(seen({ resumed: ran({ said: [wide], modelCalls: 1 }) }));
  for (const columns of [40, 61, 80, 110]) {
    for (const line of comparisonLines({ ...comparison, faults: [] }, 3, { columns, colours: false })) {
      assert(textWidth(String(line)) <= columns, `${columns}: ${line}`);
    }
  }
});

function wordsIn(part: string | undefined): string[] {
  return part!.split("\n").slice(1).map((line) => line.trim()).filter((line) => /^\w+: /.test(line));
}

function ran(
  { said, ...rest }: { readonly said: readonly string[] } & Partial<Omit<Ran, "said">>,
): Ran {
  const words = said.map((text) => ({ klass: "Seller", text }));
  return {
    modelCalls: 0,
    tokens: 0,
    costUsd: 0,
    exit: 0,
    signal: null,
    stderr: "a note\n",
    ...rest,
    said: words,
  };
}

/** A correct run, with the given differences. */
function seen(
  { returns = ["f2", "f1"], value = 1, rewritten = false, ...rest }: Partial<Seen> & {
    readonly returns?: readonly string[];
    readonly value?: number;
    readonly rewritten?: boolean;
  } = {},
): Seen {
  const before: readonly Entry[] = [{ type: "end", at: 1, status: "completed" }];
  const back = (frames: readonly string[], value: number) =>
    frames.map((frame): Entry => ({ type: "return", at: 2, frame, outcome: { ok: true, value } }));
  return {
    uninterrupted: ran({ said: ["one", "two"], modelCalls: 3 }),
    killed: ran({ said: ["one"], modelCalls: 2, exit: 137, signal: "SIGKILL" }),
    resumed: ran({ said: ["two"], modelCalls: 1 }),
    stack: [
      { frame: "f1", agent: "Seller(1000)", call: "Main()", depth: 0 },
      { frame: "f2", agent: "Buyer(1001)", call: "Offer(1)", depth: 1 },
    ],
    journals: {
      uninterrupted: [...before, ...back(["f2", "f1"], 1)],
      killed: before,
      resumed: [...before.map((entry) => rewritten ? { ...entry, at: 9 } : entry), ...back(returns, value)],
    },
    ...rest,
  };
}
