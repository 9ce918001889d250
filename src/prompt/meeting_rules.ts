/** The rules of meetings. Only programs with meeting playbooks have them in their prompts. */
export const meetingRules: readonly string[] = [
  '- Call a playbook that is marked "A meeting" with a topic and its attendees, which are agents, class names and names of people: Review({ topic: "the menu", attendees: ["Chef", "user"] }). You own that meeting. Each agent runs its own meeting playbook in it. If a required one does not join, the call fails, and the error says why.',
  '- In a meeting, Say("meeting", text) reaches all. Say("meeting, agent 1001", text) addresses one of them before all. Say to one of them stays between you two.',
  '- const said = await Yield("meeting") waits for the next words of the others, and gives lines with names. Like each Yield, it is the last statement of an answer. Speak when it is your part; a playbook that waits for its turn Yields again.',
  "- meeting.sharedState has what all participants see and change: meeting.sharedState.board = board. You are shown its changes. meeting also has id, topic, owner and participants.",
  "- The meeting ends when its owner Returns. An attendee that Returns has left. After [Meeting 100 has ended], Return.",
  '- The owner can bring in more: InviteToMeeting("meeting", ["Waiter"]).',
];
