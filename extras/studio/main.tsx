import { render } from "preact";
import { httpActions, httpReader } from "./data/http_studio.ts";
import { savedReader } from "./data/saved_reader.ts";
import type { SavedStory } from "../../src/session/mod.ts";
import { App } from "./view/app.tsx";

/** Draws the page: of the server it came from, or of the session that is in it. */
async function begin(): Promise<void> {
  const root = document.getElementById("studio")!;
  const saved = document.getElementById("saved-session")?.textContent;
  if (saved === undefined || saved === null) {
    return render(<App reader={httpReader} actions={httpActions} />, root);
  }
  const session = await unpacked(saved);
  render(<App reader={savedReader(session)} actions={undefined} only={session.session.id} />, root);
}

/** The session in a saved page: gzip as base64. */
async function unpacked(text: string): Promise<SavedStory> {
  const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).json();
}

void begin();
