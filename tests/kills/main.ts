// deno-lint-ignore-file no-console
import { binary } from "../support/playbooks_process.ts";
import { campaign } from "./campaign.ts";

const [count, seed] = [numberAfter("--count") ?? 1000, numberAfter("--seed") ?? 1];
console.log(`Killing ${binary ?? "the program, run from its source,"} ${count} times (seed ${seed})`);
let shownAt = 0;
const result = await campaign(count, {
  seed,
  onJourney: ({ kills, seconds }) => {
    if (kills < shownAt + 50) return;
    shownAt = kills;
    console.log(`${kills} kills in ${seconds} s`);
  },
});
console.log(
  `${result.kills} kills in ${result.journeys} journeys and ${result.seconds} s: ${result.requests} model requests, ` +
    `${result.orders} orders, ${result.uncertain} uncertain effects reported; nothing lost, nothing done twice`,
);

function numberAfter(flag: string): number | undefined {
  const at = Deno.args.indexOf(flag);
  return at < 0 ? undefined : Number(Deno.args[at + 1]);
}
