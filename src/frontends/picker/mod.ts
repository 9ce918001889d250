export { type ActionOutcome, runPicker } from "./picker.ts";
export { openPicker, type PickerRow, type ReturningAction } from "./picker_state.ts";
export type { PickerPreview } from "./preview_pane.ts";
