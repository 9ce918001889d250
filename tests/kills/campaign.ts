import { twoAtATime } from "../support/playbooks_process.ts";
import { type Kill, runWhole, type Told, travel, type Whole } from "./journey.ts";
import { type KilledProgram, programs } from "./programs.ts";
import { Servers } from "./servers.ts";
import { randomFrom } from "../support/random.ts";

/** The result of a campaign. */
export interface Campaign extends Told {
  readonly journeys: number;
  readonly seconds: number;
}

/** Makes journeys until `count` processes were killed: at each entry, at random moments, in model calls and orders. */
export async function campaign(
  count: number,
  options: { readonly seed: number; readonly onJourney?: (campaign: Campaign) => void },
): Promise<Campaign> {
  await using servers = new Servers();
  const random = randomFrom(options.seed);
  const wholes = new Map<KilledProgram, Whole>();
  for (const program of programs) wholes.set(program, await runWhole(program, servers));
  const startedMs = performance.now();
  const sum = { kills: 0, uncertain: 0, requests: 0, orders: 0, journeys: 0 };
  const result = () => ({ ...sum, seconds: Math.round((performance.now() - startedMs) / 1000) });
  const plans = function* (): Generator<Plan> {
    // A planned kill may come after the end of its process, so only kills that happened count.
    for (let journey = 0; sum.kills < count; journey++) {
      const program = programs[journey % programs.length]!;
      yield planFor(program, { whole: wholes.get(program)!, journey, random });
    }
  };
  const source = plans();
  const worker = async () => {
    for (let next = source.next(); !next.done; next = source.next()) {
      const { program, kills, policy } = next.value;
      const told = await travel(program, kills, { servers, whole: wholes.get(program)!, policy });
      for (const key of ["kills", "uncertain", "requests", "orders"] as const) sum[key] += told[key];
      sum.journeys++;
      options.onJourney?.(result());
    }
  };
  await twoAtATime([worker, worker], (work) => work());
  return result();
}

interface Plan {
  readonly program: KilledProgram;
  readonly kills: readonly Kill[];
  readonly policy: "retry" | "skip";
}

/** One to three kills. Every other journey starts with a kill at an entry, so in the end each entry has had one. */
function planFor(
  program: KilledProgram,
  given: { readonly whole: Whole; readonly journey: number; readonly random: () => number },
): Plan {
  const { whole, journey, random } = given;
  const round = Math.floor(journey / programs.length);
  const pick = (most: number) => 1 + Math.floor(random() * most);
  const kinds = ["entry", "time", program.name === "shop" ? "order" : "model"] as const;
  const kills: Kill[] = [];
  let position = 1 + (round * 7) % (whole.entries.length - 1);
  for (let number = pick(3); number > 0; number--) {
    const kind = kills.length === 0 && journey % 2 === 0 ? "entry" : kinds[pick(3) - 1]!;
    switch (kind) {
      case "entry":
        kills.push({ kind, position });
        position += pick(6) + 1;
        break;
      case "time":
        kills.push({ kind, ms: Math.round(whole.ms * (0.2 + 0.8 * random())) });
        break;
      default:
        kills.push({ kind, nth: pick(3) });
    }
  }
  return { program, kills, policy: random() < 0.5 ? "retry" : "skip" };
}
