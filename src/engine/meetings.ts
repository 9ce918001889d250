import type { Encoded } from "../sandbox/mod.ts";
import { agentValue } from "./builtins/agents.ts";
import { bindArguments, parametersWithMeeting } from "./builtins/arguments.ts";
import { newFrame } from "./builtins/frames.ts";
import type { SessionContext } from "./context.ts";
import type { InvitationRefusal, NewFrame } from "./fold/entry.ts";
import { isGoingOn, isHeld, meetingName, meetingsOf } from "./fold/meetings.ts";
import { type Attendee, type Frame, framesOf, type Meeting, type State } from "./fold/state.ts";
import { waitsOf } from "./inbox.ts";
import { endedWait, endNotice, participantName, refusalText } from "./wait_results.ts";

/**
 * The course of meetings: answers invitations for agents, lets the owner begin, and ends waits for words of meetings
 * that have ended. It decides by the state alone, so a resumed run decides the same.
 */
export class Meetings {
  readonly #context: SessionContext;
  readonly #state: State;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#state = context.state;
  }

  /** Does what can be done now for all meetings. */
  advance(): void {
    const { meetings, end } = this.#state;
    if (!meetings || end) return;
    for (const meeting of Object.values(meetings)) {
      if (!isGoingOn(meeting)) this.#endWaits(meeting);
      else {
        this.#answerInvitations(meeting);
        if (meeting.opened === undefined) this.#openIfComplete(meeting);
      }
    }
  }

  #answerInvitations(meeting: Meeting): void {
    const now = this.#context.clock.now();
    const joining: string[] = [];
    for (const attendee of meeting.attendees.filter(({ status }) => status === "invited")) {
      const { name: agent, deadline = Infinity } = attendee;
      const answer = this.#answerOf(meeting, agent);
      if (typeof answer === "object") joining.push(agent);
      else if (answer !== "later") this.#refuse(meeting, agent, answer);
      else if (deadline <= now) this.#refuse(meeting, agent, "timeout");
    }
    if (isImpossible(meeting)) return;
    for (const agent of joining) {
      // Each frame gets the next id.
      const frame = this.#frameFor(meeting, agent);
      if (typeof frame === "object") this.#join(frame);
    }
  }

  #refuse({ id: meeting }: Meeting, agent: string, why: InvitationRefusal): void {
    const { writer, clock } = this.#context;
    writer.record({ type: "meeting", at: clock.now(), meeting, refused: { agent, why } });
  }

  #join(frame: NewFrame): void {
    const { writer, schedule, clock } = this.#context;
    const commands = [{ kind: "begin-frame", frame: frame.id }] as const;
    writer.record({ type: "thread", at: clock.now(), kind: "meeting", frame }, commands);
    schedule.markReady(frame.id);
  }

  /** The answer of an agent: the frame with which it joins, a refusal, or `later` while it works on something else. */
  #answerOf(meeting: Meeting, id: string): NewFrame | InvitationRefusal | "later" {
    const agent = this.#state.agents[id]!;
    const frames = framesOf(this.#state, id);
    const isInMeeting = frames.some((frame) => meetingsOf(this.#state, frame).some(isGoingOn));
    if (isInMeeting) return "busy";
    if (frames.some((frame) => isAtWork(this.#state, frame))) return "later";
    if (frames.length > 0) return "busy";
    return agent.begins.length > 0 ? "later" : this.#frameFor(meeting, id);
  }

  /** The frame of an agent's meeting playbook: the one with the name of the owner's, or the only one. */
  #frameFor(meeting: Meeting, id: string): NewFrame | InvitationRefusal {
    const [newest] = this.#context.definitions.classesOf(id);
    const all = newest?.agentClass.playbooks.filter((playbook) => playbook.meeting) ?? [];
    const playbook = all.find(({ name }) => name === meeting.playbook) ??
      (all.length === 1 ? all[0] : undefined);
    if (!newest || !playbook) return "no playbook";
    const given = [{ topic: meeting.topic, attendees: attendeesOf(this.#state, meeting) }];
    const parameters = parametersWithMeeting(playbook);
    const bound = bindArguments({ ...playbook, parameters }, given, this.#state.agents[id]!.state);
    if (!bound.ok) return "arguments";
    return { ...newFrame(this.#state, id, playbook, bound, newest.source), meeting: meeting.id };
  }

  /** Opens a meeting without a pending invitation that is required, or fails its call. */
  #openIfComplete(meeting: Meeting): void {
    const { writer, clock, schedule } = this.#context;
    const { attendees, id } = meeting;
    const frame = this.#state.frames[meeting.frame]!;
    if (isImpossible(meeting)) {
      const missing = attendees.filter(({ isRequired, status }) => isRequired && status === "refused");
      const reasons = (missing.length > 0 ? missing : attendees).map((each) => this.#reason(each));
      const message = `Meeting ${id} did not start. ${reasons.join("; ")}`;
      return writer.recordReturn(frame, { ok: false, error: { name: "MeetingError", message } });
    }
    if (attendees.some(({ isRequired, status }) => isRequired && status === "invited")) return;
    const { topic, owner: agent } = meeting;
    const { klass } = this.#state.agents[agent]!;
    const participants = attendees.filter(({ status }) => status === "joined").map(({ name }) => {
      const joined = this.#state.agents[name];
      return joined ? `${joined.klass}(${name})` : name;
    });
    writer.record({ type: "meeting", at: clock.now(), meeting: id }, [
      { kind: "emit", event: { type: "meeting", meeting: id, topic, agent, klass, participants } },
      { kind: "begin-frame", frame: frame.id },
    ]);
    schedule.markReady(frame.id);
  }

  #reason({ name, why }: Attendee): string {
    return `${participantName(this.#state, name)} does not join: ${refusalText(why)}`;
  }

  /** Waits for words of a meeting that has ended get what was said last, and a notice. */
  #endWaits(meeting: Meeting): void {
    const agents = [meeting.owner, ...meeting.attendees.map(({ name }) => name)];
    for (const agent of agents.flatMap((id) => this.#state.agents[id] ?? [])) {
      for (const waiting of waitsOf(this.#state, agent)) {
        const { frame, ordinal, open } = waiting;
        if (!open.sources.includes(meetingName(meeting.id))) continue;
        const messages = waiting.messages.filter((message) => agent.inbox.includes(message));
        const wait = { ...endedWait(waiting, messages, []), meeting: meeting.id };
        const ids = messages.map(({ id }) => id);
        this.#context.writer.recordResult(frame, ordinal, { ok: true, value: endNotice(this.#state, wait) }, {
          did: { kind: "took", messages: ids, ended: meeting.id },
        });
      }
    }
  }

  /** When the next invitation expires, ms since 1970; `Infinity` if none is open. */
  nextMs(): number {
    let next = Infinity;
    for (const meeting of Object.values(this.#state.meetings ?? {})) {
      if (!isGoingOn(meeting)) continue;
      for (const { deadline = Infinity } of meeting.attendees) next = Math.min(next, deadline);
    }
    return next;
  }
}

/** Whether a meeting cannot begin: a required attendee refused, or all did. */
function isImpossible({ attendees, opened }: Meeting): boolean {
  if (opened !== undefined) return false;
  return attendees.some(({ isRequired, status }) => isRequired && status === "refused") ||
    attendees.every(({ status }) => status === "refused");
}

function attendeesOf(state: State, { attendees }: Meeting): Encoded {
  return attendees.filter(({ status }) => status !== "refused").map(({ name }) => {
    const agent = state.agents[name];
    return agent ? agentValue(agent) : name;
  });
}

/** Whether a frame can continue without messages, timers and meetings: a model, code, or a request works for it. */
function isAtWork(state: State, frame: Frame): boolean {
  if (isHeld(state, frame)) return false;
  if (!frame.running) return true;
  const open = Object.values(frame.running.open);
  return open.length === 0 || open.some((each) => {
    if (each.kind !== "call") return each.kind === "outside";
    const callee = state.frames[each.callee];
    return callee !== undefined && isAtWork(state, callee);
  });
}
