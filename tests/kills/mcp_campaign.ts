import { assert, assertEquals } from "@std/assert";
import { type Loose, McpProcess, modernParams } from "../support/mcp_process.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { randomFrom } from "../support/random.ts";
import { verifiedSession } from "../support/verified_session.ts";
import { Shop } from "./shop.ts";

/** How often a tool server is killed, and among what. */
export interface McpCampaign {
  readonly kills: number;
  /** Tasks at the same time. */
  readonly tasks: number;
  /** Orders of each task; each is one request to the shop. */
  readonly orders: number;
  readonly seed: number;
  readonly onRound?: (result: McpCampaignResult) => void;
}

/** What a campaign saw. */
export interface McpCampaignResult {
  readonly kills: number;
  readonly rounds: number;
  readonly tasks: number;
  readonly orders: number;
  /** Requests to the shop that repeated one under the same key. */
  readonly orderedAgain: number;
  readonly polls: number;
  /** Requests of clients that reached no server, or got no answer. */
  readonly unanswered: number;
  readonly seconds: number;
}

function program(url: string): string {
  return `# Clerk
\`\`\`ts
/** @public */
export async function orderAll(number: string, items: number) {
  await Say("user", number + ": which color?");
  const color = await Yield("user");
  for (let item = 1; item <= items; item++) {
    const answer = await fetch("${url}/orders", { method: "POST", body: number + "/" + item });
    await Say("user", number + ": item " + item + " in " + color + " is " + (await answer.json()).order);
    await Sleep(0.05);
  }
  return { number, items, color };
}
\`\`\`
`;
}

const settings = `[durability]
uncertain = "retry"
[permissions]
net = ["127.0.0.1"]
`;

/** Kills a tool server at random moments while clients poll their tasks, in rounds, until it was killed often enough. */
export async function mcpCampaign(campaign: McpCampaign): Promise<McpCampaignResult> {
  const startedMs = performance.now();
  const random = randomFrom(campaign.seed);
  const sum = { kills: 0, rounds: 0, tasks: 0, orders: 0, orderedAgain: 0, polls: 0, unanswered: 0 };
  const result = () => ({ ...sum, seconds: Math.round((performance.now() - startedMs) / 1000) });
  while (sum.kills < campaign.kills) {
    const round = await playRound(campaign, campaign.kills - sum.kills, random);
    sum.rounds++;
    for (const key of ["kills", "tasks", "orders", "orderedAgain", "polls", "unanswered"] as const) {
      sum[key] += round[key];
    }
    campaign.onRound?.(result());
  }
  return result();
}

async function playRound(
  campaign: McpCampaign,
  kills: number,
  random: () => number,
): Promise<Omit<McpCampaignResult, "rounds" | "seconds">> {
  await using shop = new Shop();
  await using folder = await folderWith({ "clerk.pb": program(shop.url), "playbooks.toml": settings });
  const server = new MortalServer(folder);
  await server.listening();
  const numbers = Array.from({ length: campaign.tasks }, (_, index) => `no${index + 1}`);
  const clients = numbers.map((number) => new TaskClient(server, number, campaign.orders));
  const all = Promise.all(clients.map((client) => client.play()));
  let isOver = false;
  all.finally(() => isOver = true).catch(() => {});
  let killed = 0;
  while (!isOver && killed < kills) {
    // Most kills hit a server that listens, some one that starts.
    if (random() < 0.8) await server.listening();
    const lifeMs = random() * (random() < 0.3 ? 3000 : 900);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    if (isOver) break;
    await server.dieAndRise();
    killed++;
  }
  const ids = await all;
  await server.stop();
  assertEquals(folder.sessions(), [...ids].sort(), "each task is one session");
  for (const [index, id] of ids.entries()) checkSession(folder, id, numbers[index]!, campaign.orders);
  const orders = campaign.tasks * campaign.orders;
  assertEquals([shop.ordered.size, new Set(shop.ordered.values()).size], [orders, orders]);
  const sent = [...shop.requests.values()].reduce((total, count) => total + count, 0);
  assert(sent - orders <= killed * campaign.tasks, `${sent - orders} orders were sent again`);
  const [polls, unanswered] = [sumOf(clients, "polls"), sumOf(clients, "unanswered")];
  return { kills: killed, tasks: ids.length, orders: sent, orderedAgain: sent - orders, polls, unanswered };
}

function sumOf(clients: readonly TaskClient[], key: "polls" | "unanswered"): number {
  return clients.reduce((total, client) => total + client[key], 0);
}

const maxServerMs = 600_000;

/** A tool server over HTTP that keeps its address over its deaths. */
class MortalServer {
  readonly #folder: TestFolder;
  #server: McpProcess;
  #port = "0";
  #token = "";

  constructor(folder: TestFolder) {
    this.#folder = folder;
    this.#server = this.#start();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/mcp`;
  }

  get token(): string {
    return this.#token;
  }

  async listening(): Promise<void> {
    await this.#server.process.until("/mcp\n");
    this.#port = new URL(this.#server.process.stdout.trim()).port;
    this.#token = (await Deno.readTextFile(`${this.#folder.path}/token`)).trim();
  }

  async dieAndRise(): Promise<void> {
    await this.#server.kill();
    this.#server = this.#start();
  }

  async stop(): Promise<void> {
    this.#server.process.kill("SIGTERM");
    const { code, stderr } = await this.#server.process.finished;
    // A signal before the server listens ends it as any process.
    assert(code === 0 || code === 143, `${code}: ${stderr}`);
  }

  #start(): McpProcess {
    const args = ["clerk.pb", "--http", "--port", this.#port, "--token-file", "token", "--concurrency", "10"];
    // The last server lives until all tasks have ended, which takes long on a busy machine.
    return new McpProcess(this.#folder, args, { maxRunMs: maxServerMs });
  }
}

/** A client that begins one task, polls it, and answers its question. Without an answer it asks again. */
class TaskClient {
  polls = 0;
  unanswered = 0;
  readonly #server: MortalServer;
  readonly #number: string;
  readonly #orders: number;
  #count = 0;

  constructor(server: MortalServer, number: string, orders: number) {
    this.#server = server;
    this.#number = number;
    this.#orders = orders;
  }

  /** Gives the task's id when it is done. */
  async play(): Promise<string> {
    const color = `color ${this.#number}`;
    const { taskId, resultType } = await this.#request("tools/call", {
      name: "orderAll",
      arguments: { number: this.#number, items: this.#orders },
      _meta: { "playbooks/idempotency-key": `order ${this.#number}` },
    });
    assertEquals(resultType, "task");
    for (;;) {
      const task = await this.#request("tasks/get", { taskId });
      this.polls++;
      if (task.status === "completed") {
        assertEquals(task.result.structuredContent, { number: this.#number, items: this.#orders, color });
        return taskId;
      }
      if (task.status === "input_required") {
        const [[question, { params }]] = Object.entries(task.inputRequests) as [[string, Loose]];
        assertEquals(params.message, `${this.#number}: which color?`);
        const inputResponses = { [question]: { action: "accept", content: { answer: color } } };
        await this.#request("tasks/update", { taskId, inputResponses });
      } else assertEquals(task.status, "working", JSON.stringify(task));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #request(method: string, params: Loose): Promise<Loose> {
    for (;;) {
      const answer = await this.#once(method, params).catch(() => undefined);
      if (answer?.result !== undefined) return answer.result;
      assertEquals(answer?.error, undefined, method);
      this.unanswered++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #once(method: string, params: Loose): Promise<Loose> {
    const response = await fetch(this.#server.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#server.token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": params.name ?? params.taskId,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#count, method, params: modernParams(params) }),
    });
    const text = await response.text();
    const data = text.split("\n").findLast((line) => line.startsWith("data: "))?.slice(6);
    return data === undefined ? (text === "" ? undefined : JSON.parse(text)) : JSON.parse(data);
  }
}

function checkSession(folder: TestFolder, id: string, number: string, orders: number): void {
  const entries = folder.journal(id);
  const said = (entries as readonly Loose[]).flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
  const items = Array.from({ length: orders }, (_, index) => index + 1);
  assertEquals(said, [
    `${number}: which color?`,
    ...items.map((item) => `${number}: item ${item} in color ${number} is taken`),
  ]);
  assertEquals(entries.filter(({ type }) => type === "message").length, 1);
  assertEquals(verifiedSession(`${folder.path}/.checkpoints`, id).findings, []);
}
