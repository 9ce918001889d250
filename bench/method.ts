/** The method and its limits, for the document. */
export const method = `## Method

- *Rounds.* Repeated measurements run once a round. Compared measurements follow each other directly, and each round begins with another one. A ratio is
  taken within a round; the tables show the median over rounds. Measurements of minutes run in fewer rounds, the longest once.
- *Steps.* A step is an effect that keeps 200 bytes. The floor and the peers wait for the disk at each. Ours is \`await SaveArtifact("a", "", text)\` in
  a loop of a code playbook, run by the real program with \`sync = "always"\`. This effect is not visible outside. So up to 256 of them, of about 20 ms, share a sync, and
  all are durable before an outside effect follows from them. "Each step said" is \`await Say("user", text)\`: it waits for its own sync, is shown,
  and marked as shown. Times are those in the journal's entries, in whole milliseconds, so costs are means over
  windows of many steps. "Last / 100th" compares the last 500 steps with steps 50 to 550; with fewer than 1,050 steps, the last third with the first.
- *The floor* is one line of 261 bytes appended and one \`fdatasync\`, both blocking, in Deno, in the same run.
- *Kill.* Ours kills itself as soon as the entry is durable (\`PLAYBOOKS_CRASH_AT\`). A peer holds in the step after the last one, and is killed by its
  process id. Then the same command is started again. The resume time ends at the first new step, so it includes the start of
  the runtime, the libraries and the recovery. A session of turns is resumed five times, each time from a copy of the state at the kill, and right
  after a run of an empty program (and of one with only the provider's library). The median of these ratios is shown.
- *Turns.* On a recording the model's answer takes no time. Our time for a turn is the time from the words of one turn to those of the next, as they leave
  the process. The second measurement uses a server on loopback. It answers each request at once with code that says or returns 200 bytes. The time from the end of its
  answer to the arrival of the next request is the time of a turn with the provider's library and HTTP.
- *Payload* is the 200 bytes that a step keeps, and for a growing list also the 200 bytes of its new item. *Bytes written* are those of all
  \`write\` calls of the process (\`wchar\` of Linux), in the page cache or not. *On disk* are the lengths of all files of the session.
- *Memory* is the resident memory that Linux reports (\`VmRSS\`, \`VmHWM\`).
- *Peers* are pinned by their own lock files below \`bench/peers\` and run on Node over loopback. They are set up so that a step waits for the disk:
  LangGraph with \`durability: "sync"\` and \`synchronous = FULL\`, Restate with its own defaults.

## Caveats

- The disk of a virtual machine may acknowledge a sync sooner than a physical disk. All other costs, ours included, then weigh more. The floor shows
  the time of a sync here.
- The peers do other things as well: Restate is a server for many services, LangGraph keeps a graph's state. The comparison covers the common
  promise: a completed step is not repeated.
- Restate notices by its own schedule that its service is gone, and then calls it again. A part of its resume is that wait.
- A code playbook is one long turn. With thousands of results, a snapshot of its sandbox is kept, and a resume replays only the results after
  it; the peers replay all.
- A resume of a model-run playbook ends with a request, which the provider's library makes. A program that only loads that library and asks takes
  longer than 1.3 times an empty program's whole run (the last row of "Start"). So no engine that asks through it can reach that goal.`;
