import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play } from "../support/harness.ts";
import { type Script, scriptedModel } from "../support/scripted_model.ts";

// The programs of the ancestor that hold meetings, with answers as a model would write them. They are in a folder beside
// this project, which may be missing.

const corpus = new URL("../../../shared/corpus/", import.meta.url);

function programNamed(name: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(name, corpus));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const untilEnd = (turn: number, request: { readonly messages: readonly { readonly text: string }[] }) =>
  turn > 1 && request.messages.at(-1)!.text.includes("has ended")
    ? "Return();"
    : 'const said = await Yield("meeting");';

interface ScriptedProgram {
  readonly file: string;
  readonly script: Script;
  readonly replies: readonly string[];
  readonly last: string;
}

const programs: readonly ScriptedProgram[] = [
  {
    file: "meeting-shared-state.pb",
    script: {
      Main: [
        'Step("01"); const guest = await CreateAgent("Participant"); Step("02"); await Meeting({ topic: "Guess the food", attendees: [guest] });',
        'Step("03"); EndProgram();',
      ],
      "Host.Meeting": [
        'Step("01"); meeting.sharedState.food = "dumplings"; Step("02"); await Say("meeting", "Which food do I think of?"); Step("03"); const said = await Yield("meeting");',
        'Step("05"); await Say("user", "Correct! " + said); Return(true, "the guess was right");',
      ],
      "Participant.Meeting": [
        'Step("01"); const said = await Yield("meeting");',
        'Step("02"); await Say("meeting", "It is " + self.current_meeting.shared_state.food); Step("04"); const more = await Yield("meeting");',
        'Step("05"); await Say("user", "Goodbye!"); Return();',
      ],
    },
    replies: [],
    last: "Correct! Participant (agent 1001): It is dumplings",
  },
  {
    file: "12-menu-design-meeting.pb",
    script: {
      Main: [
        'Step("01"); await Say("user", "Welcome! How can I help?"); const wish = await Yield("user");',
        "await RedesignMenu(); Return();",
      ],
      RedesignMenu: [
        'Step("01"); await Say("user", "I will coordinate. Any constraints?"); Step("02"); const limits = await Yield("user");',
        'state.limits = "keep the soup"; Step("03"); const menu = await MenuRedesignMeeting({ topic: "New menu, " + state.limits }); Step("04"); await Say("user", "The new menu: " + menu); EndProgram();',
      ],
      "RestaurantConsultant.MenuRedesignMeeting": (turn, { messages }) => {
        if (turn === 1) {
          return 'Step("01"); meeting.sharedState.menu = []; await Say("meeting", "We " + topic + ". MarketingSpecialist begins."); const said = await Yield("meeting");';
        }
        return messages.at(-1)!.text.includes("chef says")
          ? 'await Say("meeting", "Thank you all."); Return(meeting.sharedState.menu.join(", "));'
          : 'const said = await Yield("meeting");';
      },
      "MarketingSpecialist.MenuRedesignMeeting": (turn, request) =>
        turn === 2
          ? 'await Say("meeting, HeadChef", "Ramen is in demand"); const said = await Yield("meeting");'
          : untilEnd(turn, request),
      "HeadChef.MenuRedesignMeeting": (turn, request) =>
        request.messages.at(-1)!.text.includes("to you: Ramen")
          ? 'meeting.sharedState.menu = ["soup", "ramen"]; await Say("meeting", "chef says ramen works"); const said = await Yield("meeting");'
          : untilEnd(turn, request),
    },
    replies: ["redesign our menu", "keep the soup"],
    last: "The new menu: soup, ramen",
  },
  {
    file: "two-player-game.pb",
    script: {
      Main: [
        'Step("02"); await Say("user", "Which game?"); const said = await Yield("user");',
        `state.game = "nim"; const one = await CreateAgent("Player", "FootFinger"); const two = await CreateAgent("Player", "Hatter");
         const result = await GameRoom({ topic: "Game room for nim", attendees: [one, two, "human"] });
         await Say("user", "Moves: " + result); EndProgram();`,
      ],
      GameRoom: (turn) =>
        turn === 1
          ? `const [one] = agents.byClass("Player"); meeting.sharedState.game_state = { moves: [], left: 30, current_player: one.id };
             await Say("meeting", "The game has started."); const said = await Yield("meeting");`
          : `if (meeting.sharedState.game_state.left === 0) Return(meeting.sharedState.game_state.moves.length);
             const said = await Yield("meeting");`,
      GamePlayingMeeting: (turn) =>
        turn === 1 ? 'const said = await Yield("meeting");' : `
          if (meeting.hasEnded) Return();
          const game = meeting.sharedState.game_state;
          if (game.current_player === self.id && game.left > 0) {
            game.left--; game.moves.push(self.id);
            game.current_player = agents.byClass("Player").find((each) => each.id !== self.id).id;
            await Say("meeting", "I take one; " + game.left + " left");
          }
          const said = await Yield("meeting");`,
    },
    replies: ["nim"],
    last: "Moves: 30",
  },
];

for (const { file, script, replies, last } of programs) {
  const text = programNamed(file);
  Deno.test({
    name: `meetings: ${file} runs to its end with answers of a model and in rehearsal`,
    ignore: text === undefined,
    fn: async () => {
      const played = await play(text!, { model: scriptedModel(script), replies });
      assertEquals(played.result, { kind: "completed" }, played.said.join("\n"));
      assertStringIncludes(played.said.join("\n"), last);
      assertEquals(played.events.filter(({ type }) => type === "repair"), []);
      const rehearsed = await play(text!, { replies: Array.from({ length: 20 }, () => "redesign the menu") });
      assertEquals(rehearsed.result, { kind: "completed" });
      assert(rehearsed.entries.some(({ type }) => type === "meeting"), "the rehearsal holds the meeting");
    },
  });
}
