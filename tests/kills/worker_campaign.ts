import { assert, assertEquals } from "@std/assert";
import { decodeEntry, type Entry, stateChecks } from "../../src/engine/mod.ts";
import { FileStore, type SessionStore } from "../../src/store/mod.ts";
import { ChatServer } from "../process/chat_server.ts";
import { countOf } from "../support/entries.ts";
import { folderWith, type PlaybooksProcess, type TestFolder } from "../support/playbooks_process.ts";
import { randomFrom } from "../support/random.ts";
import { Shop } from "./shop.ts";
import { runCommandLine, worldIn } from "../support/world.ts";

/** How many workers are killed, and among what. */
export interface WorkerCampaign {
  readonly kills: number;
  readonly workers: number;
  readonly sessions: number;
  /** Orders of each session; each is one answer of the model and one request to the shop. */
  readonly orders: number;
  readonly seed: number;
  readonly concurrency?: number;
  /** Another store than the folder's. */
  readonly storage?: CampaignStorage;
  readonly onRound?: (result: WorkerCampaignResult) => void;
}

/** Where a campaign keeps its sessions. */
interface CampaignStorage {
  /** Lines under `[durability]`. */
  readonly settings: string;
  open(): SessionStore & AsyncDisposable;
}

/** What a campaign saw. */
export interface WorkerCampaignResult {
  readonly kills: number;
  readonly rounds: number;
  readonly takes: number;
  readonly orphans: number;
  readonly modelRequests: number;
  /** Requests to the model that repeated one whose answer a kill had lost. */
  readonly askedAgain: number;
  readonly orders: number;
  /** Requests to the shop that repeated one under the same key. */
  readonly orderedAgain: number;
  /**
   * From the death of a worker until another one takes a session of it, ms: the longest, of sessions that no earlier
   * death holds back.
   */
  readonly maxOrphanMs: number;
  readonly seconds: number;
}

function program(url: string): string {
  return `# Clerk
## Main($number)
### Triggers
- At the beginning
### Steps
- Order all items, then tell the user

\`\`\`ts
export async function OrderOne(number: string, item: number): Promise<void> {
  const answer = await fetch("${url}/orders", { method: "POST", body: number + "/" + item });
  await Say("user", number + ": item " + item + " is " + (await answer.json()).order);
  await Sleep(0.05);
}
\`\`\`
`;
}

/** The turns of a session: one for each order, and one that ends the program. */
function answerOf(orders: number): (last: string) => string {
  return (last) => {
    const turn = Number(/^\[turn (\d+) /.exec(last)?.[1] ?? "0");
    return turn <= orders
      ? `await OrderOne(number, ${turn});`
      : 'await Say("user", number + ": done"); EndProgram();';
  };
}

/** Kills workers at random moments until all sessions have ended, in rounds, until `kills` were killed. */
export async function workerCampaign(campaign: WorkerCampaign): Promise<WorkerCampaignResult> {
  const startedMs = performance.now();
  const random = randomFrom(campaign.seed);
  const sum = {
    ...{
      kills: 0,
      rounds: 0,
      takes: 0,
      orphans: 0,
      modelRequests: 0,
      askedAgain: 0,
      orders: 0,
      orderedAgain: 0,
    },
    maxOrphanMs: 0,
  };
  const result = () => ({ ...sum, seconds: Math.round((performance.now() - startedMs) / 1000) });
  while (sum.kills < campaign.kills) {
    const round = await playRound(campaign, campaign.kills - sum.kills, random);
    sum.rounds++;
    sum.maxOrphanMs = Math.max(sum.maxOrphanMs, round.maxOrphanMs);
    for (
      const key of [
        "kills",
        "takes",
        "orphans",
        "modelRequests",
        "askedAgain",
        "orders",
        "orderedAgain",
      ] as const
    ) sum[key] += round[key];
    campaign.onRound?.(result());
  }
  return result();
}

async function playRound(
  campaign: WorkerCampaign,
  kills: number,
  random: () => number,
): Promise<Omit<WorkerCampaignResult, "rounds" | "seconds">> {
  await using shop = new Shop();
  await using chat = new ChatServer(answerOf(campaign.orders));
  await using folder = await folderWith({
    "clerk.pb": program(shop.url),
    "playbooks.toml": settings(chat.baseUrl, campaign.storage?.settings ?? ""),
  });
  await using store = storeOf(campaign, folder);
  const ids = await queueAll(folder, campaign.sessions);
  const fleet = new Fleet(folder, campaign);
  try {
    let killed = 0;
    while (!await areCompleted(store, ids)) {
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.round(random() * maxPauseMs)));
      if (killed === kills) continue;
      await fleet.kill(Math.floor(random() * campaign.workers));
      killed++;
    }
    await fleet.stop();
    const requests = chat.take();
    for (const [index, id] of ids.entries()) {
      await checkSession(store, id, { number: index + 1, campaign, shop });
    }
    const turns = campaign.sessions * (campaign.orders + 1);
    assertEquals(new Set(requests).size, turns, "each turn is asked, and with one prompt");
    const orders = campaign.sessions * campaign.orders;
    assertEquals([shop.ordered.size, new Set(shop.ordered.values()).size], [orders, orders]);
    const sent = [...shop.requests.values()].reduce((total, count) => total + count, 0);
    const inFlight = killed * (campaign.concurrency ?? concurrency);
    assert(requests.length - turns <= inFlight, `${requests.length - turns} answers were asked for again`);
    assert(sent - orders <= inFlight, `${sent - orders} orders were sent again`);
    return {
      ...{ kills: killed, ...fleet.counts(), modelRequests: requests.length, orders: sent },
      ...{ askedAgain: requests.length - turns, orderedAgain: sent - orders },
    };
  } finally {
    await fleet.stop();
  }
}

const concurrency = 8;
/** The longest time between two kills. A worker takes a tenth of a second to start. */
const maxPauseMs = 800;

function settings(modelUrl: string, durability: string): string {
  return `[model]
provider = "openai-compatible"
name = "test"
base_url = "${modelUrl}"

[durability]
uncertain = "retry"
${durability}
[permissions]
net = ["127.0.0.1"]
`;
}

async function queueAll(folder: TestFolder, count: number): Promise<readonly string[]> {
  const ids = [];
  for (let number = 1; number <= count; number++) {
    const world = { ...worldIn(folder.path, { HOME: folder.path, PLAYBOOKS_TRUST: "1" }), now: Date.now };
    const exit = await runCommandLine(["run", "--detach", "clerk.pb", "--number", `no${number}`], world);
    assertEquals(exit, 0, world.stderr.text);
    ids.push(world.stdout.text.trim());
  }
  return ids;
}

/** Workers of a folder. Each is started again after its death. */
class Fleet {
  readonly #folder: TestFolder;
  readonly #campaign: WorkerCampaign;
  readonly #workers: PlaybooksProcess[];
  /** The lines of workers that have ended. */
  readonly #lines: WorkerLine[] = [];
  readonly #deaths: { readonly atMs: number; readonly sessions: readonly string[] }[] = [];
  #isStopped = false;

  constructor(folder: TestFolder, campaign: WorkerCampaign) {
    this.#folder = folder;
    this.#campaign = campaign;
    this.#workers = Array.from({ length: campaign.workers }, () => this.#start());
  }

  #start(): PlaybooksProcess {
    const { concurrency: most = concurrency } = this.#campaign;
    const args = ["worker", "--json", "--trust", "--concurrency", String(most)];
    return this.#folder.start(args, { maxRunMs: 600_000 });
  }

  async kill(index: number): Promise<void> {
    const worker = this.#workers[index]!;
    worker.kill("SIGKILL");
    this.#deaths.push({ atMs: Date.now(), sessions: heldBy(linesOf(worker)) });
    const { code, stderr } = await worker.finished;
    assertEquals(code, 137, stderr);
    this.#lines.push(...linesOf(worker));
    this.#workers[index] = this.#start();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const worker of this.#workers) worker.kill("SIGTERM");
    for (const worker of this.#workers) {
      const { code, stderr } = await worker.finished;
      // A signal before the worker listens ends it as any process.
      assert(code === 0 || code === 143, `${code}: ${stderr}`);
    }
  }

  counts() {
    const takes = this.#all().filter(({ type }) => type === "take");
    const orphans = takes.filter(({ reason }) => reason === "orphaned");
    const waits = this.#deaths.flatMap(({ atMs, sessions }) =>
      sessions.flatMap((id) => {
        const own = takes.filter(({ session }) => session === id).toSorted((a, b) =>
          a.time < b.time ? -1 : 1
        );
        const index = own.findIndex(({ time }) => Date.parse(time) >= atMs);
        const [before, next] = [own[index - 1], own[index]];
        const isHeld = (before?.deaths ?? 0) > 1 || next?.deaths !== 1;
        return isHeld ? [] : [Date.parse(next.time) - atMs];
      })
    );
    return { takes: takes.length, orphans: orphans.length, maxOrphanMs: Math.max(0, ...waits) };
  }

  #all(): readonly WorkerLine[] {
    return [...this.#lines, ...this.#workers.flatMap(linesOf)];
  }
}

interface WorkerLine {
  readonly type: string;
  readonly time: string;
  readonly session?: string;
  readonly reason?: string;
  readonly status?: string;
  readonly deaths?: number;
}

function linesOf(worker: PlaybooksProcess): readonly WorkerLine[] {
  return worker.stdout.split("\n").slice(0, -1).filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The sessions that a worker has taken and not ended. */
function heldBy(lines: readonly WorkerLine[]): readonly string[] {
  const held = new Set<string>();
  for (const { type, session } of lines) {
    if (session === undefined) continue;
    if (type === "take") held.add(session);
    if (type === "end" || type === "refuse") held.delete(session);
  }
  return [...held];
}

function storeOf({ storage }: WorkerCampaign, folder: TestFolder): SessionStore & AsyncDisposable {
  if (storage) return storage.open();
  const store = new FileStore(`${folder.path}/.checkpoints`, { nowMs: Date.now });
  return Object.assign(store, { [Symbol.asyncDispose]: () => Promise.resolve() });
}

async function areCompleted(store: SessionStore, ids: readonly string[]): Promise<boolean> {
  for (const id of ids) if ((await store.get(id))?.status !== "completed") return false;
  return true;
}

async function checkSession(
  store: SessionStore,
  id: string,
  { number, campaign, shop }: {
    readonly number: number;
    readonly campaign: WorkerCampaign;
    readonly shop: Shop;
  },
): Promise<void> {
  const entries = [...await store.read(id)].map(({ entry }) => decodeEntry(entry));
  const said = entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
  const items = Array.from({ length: campaign.orders }, (_, index) => index + 1);
  assertEquals(said, [...items.map((item) => `no${number}: item ${item} is taken`), `no${number}: done`]);
  assertEquals(countOf(entries, "turn"), campaign.orders + 1);
  assertEquals(orderedIn(entries), items.length);
  const wanted = items.map((item) => `no${number}/${item}`);
  const ordered = new Set(shop.ordered.values());
  assertEquals(wanted.filter((each) => !ordered.has(each)), []);
  assertEquals((await store.verify(id, stateChecks())).faults, []);
}

function orderedIn(entries: readonly Entry[]): number {
  return entries.filter((entry) =>
    entry.type === "start" && entry.wait.kind === "outside" && !entry.wait.repeatable
  ).length;
}
