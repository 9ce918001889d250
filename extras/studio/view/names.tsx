import { cleanLine } from "../../../src/text/mod.ts";
import type { StoryAgent } from "../../../src/session/mod.ts";

/** The number of colours of lanes in the style sheet. */
const laneColours = 8;

/** The class of a lane's colour. */
export function laneClass(lane: number): string {
  return lane < 0 ? "lane-none" : `lane-${lane % laneColours}`;
}

/** The name of an agent; of a person, the name alone. A name cannot change the direction of the text around it. */
export function AgentName(
  { agent, lane }: { readonly agent: StoryAgent; readonly lane?: number },
) {
  const { id, klass } = agent;
  return (
    <bdi class={`name ${lane === undefined ? "" : laneClass(lane)}`}>
      {klass === "" ? cleanLine(id) : cleanLine(klass)}
      {klass === "" ? null : <span class="id">{id}</span>}
    </bdi>
  );
}

const statusTexts: Readonly<Record<string, string>> = {
  running: "running",
  waiting: "waiting",
  "waiting for you": "waiting for you",
  stopped: "stopped",
  completed: "completed",
  failed: "failed",
  queued: "queued",
};

function statusClass(status: string): string {
  const text = statusTexts[status] ?? "stopped";
  return text === "waiting for you" ? "waiting" : text;
}

/** The status of a session, as a word with a coloured dot. */
export function Status({ status }: { readonly status: string }) {
  const text = statusTexts[status] ?? cleanLine(status);
  return <span class={`status s-${statusClass(status)}`}>{text}</span>;
}
