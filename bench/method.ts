/** The method and its limits, for the document. */
export const method = `## Method

- *Rounds.* All that repeats runs once a round, and what is compared stands side by side in it; each round begins with another. A ratio is
  taken within a round, and the median over rounds is shown. What takes minutes runs in fewer rounds, the longest once.
- *Steps.* A step is an effect that keeps 200 bytes. The floor and the peers wait for the disk at each. Ours is \`await SaveArtifact("a", "", text)\` in
  a loop of a code playbook, run by the real program with \`sync = "always"\`: an effect that nobody outside can see, so up to 256 of them, of some 20 ms, share a sync, and
  all are durable before anything outside follows from them. "Each step said" is \`await Say("user", text)\`: it waits for its own sync, is shown,
  and marked as shown. Times are those in the journal's entries, in whole milliseconds, so costs are means over
  windows of many. "Last / 100th" compares the last 500 steps with steps 50 to 550; of fewer than 1,050 steps, the last third with the first.
- *The floor* is one line of 261 bytes appended and one \`fdatasync\`, both blocking, in Deno, in the same run.
- *Kill.* Ours kills itself as soon as the entry is durable (\`PLAYBOOKS_CRASH_AT\`); a peer holds in the step after the last one, and is killed by its
  process id. Then the same command is started again, and the time from there to the first step that was not done before is taken: the start of
  the runtime, the libraries and the recovery are all in it. A session of turns is resumed five times, each time from a copy of what the kill left, and right
  after an empty program (and one of the provider's library alone) ran; the median of these ratios is shown.
- *Turns.* On a recording the model's answer takes no time: from the words of one turn to those of the next, as they leave the process, is what a
  turn takes of ours. Beside it, a server on loopback answers each request at once with code that says or returns 200 bytes, and from the end of its
  answer to the arrival of the next request is what a turn takes with the provider's library and HTTP.
- *Payload* is the 200 bytes that a step keeps, and of a list that grows the 200 bytes more that it gains. *Bytes written* are those of all
  \`write\` calls of the process (\`wchar\` of Linux), page cache or not; *on disk* are the lengths of all files of the session.
- *Memory* is what Linux calls resident (\`VmRSS\`, \`VmHWM\`).
- *Peers* are pinned by their own lock files below \`bench/peers\`, run on Node over loopback, and are set up so that a step waits for the disk:
  LangGraph with \`durability: "sync"\` and \`synchronous = FULL\`, Restate with its own defaults.

## Caveats

- A disk of a virtual machine may acknowledge a sync sooner than a disk that is one; then everything else weighs more, ours too. The floor says
  what it took here.
- The peers do other things as well: Restate is a server for many services, LangGraph keeps a graph's state. What is compared is what all of them
  promise: that a step that was done is not done again.
- Restate notices that its service is gone, and calls it again, by a schedule of its own; a part of its resume is that wait.
- A code playbook is one long turn. Of one with thousands of results an image of its sandbox is kept, and what came after that is replayed on
  resume; the peers replay all.
- A resume of a model-run playbook ends with a request, which the provider's library makes. A program that does nothing but load that library and ask takes
  longer than 1.3 times an empty program's whole run (the last row of "Start"): so no engine that asks through it can reach that aim.`;
