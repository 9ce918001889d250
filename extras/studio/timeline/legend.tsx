import { useSignal } from "@preact/signals";
import { marksInWords } from "./mark_texts.ts";

/** The marks of the timeline in words. On a narrow screen, a button shows them. */
export function Legend() {
  const isOpen = useSignal(false);
  return (
    <div class={isOpen.value ? "marks open" : "marks"}>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen.value}
        aria-controls="legend"
        onClick={() => isOpen.value = !isOpen.value}
      >
        Marks
      </button>
      <ul class="legend" id="legend" aria-label="Marks">
        {marksInWords.map(({ mark, text, title }) => (
          <li key={mark} title={title}>
            <i class={`m-${mark}`} />
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}
