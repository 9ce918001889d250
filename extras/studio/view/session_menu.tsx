import { useSignal } from "@preact/signals";
import { cleanLine } from "../../../src/text/mod.ts";
import { goTo } from "../state/route.ts";
import { type SessionView, spokenError } from "../state/session_view.ts";
import { restoreCommand, trashed } from "../state/trash.ts";
import { Dialog } from "./dialog.tsx";
import { shortId } from "../../../src/store/short_id.ts";
import { Icon } from "./icons.tsx";
import { Menu } from "./menu.tsx";

/** The actions on a session that a person needs seldom. */
export function SessionMenu({ view }: { readonly view: SessionView }) {
  const dialog = useSignal<"rename" | "trash" | undefined>(undefined);
  const news = useSignal<string | undefined>(undefined);
  const close = () => dialog.value = undefined;
  const copyId = async () => {
    news.value = await isCopied(view.id)
      ? "The id is copied"
      : `The browser does not copy. The id is ${view.id}`;
  };
  return (
    <>
      <Menu
        text="More"
        items={[
          { text: "Rename", icon: "pen", run: () => dialog.value = "rename" },
          { text: "Copy the id", icon: "copy", run: () => void copyId() },
          { text: "Move to the trash", icon: "trash", isDangerous: true, run: () => dialog.value = "trash" },
        ]}
      />
      <span class="hint" role="status">{news.value}</span>
      {dialog.value === "rename" ? <RenameDialog view={view} onClose={close} /> : null}
      {dialog.value === "trash" ? <TrashDialog view={view} onClose={close} /> : null}
    </>
  );
}

/** Puts a text on the clipboard, if the browser lets the page do so. */
export async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

interface DialogProps {
  readonly view: SessionView;
  readonly onClose: () => void;
}

function RenameDialog({ view, onClose }: DialogProps) {
  const name = useSignal(view.summary?.name ?? "");
  const error = useSignal<string | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await view.actions?.rename(view.id, name.value.trim());
      await view.pull();
      onClose();
    } catch (failure) {
      error.value = spokenError(failure);
    }
  };
  return (
    <Dialog title="Rename the session" onClose={onClose}>
      <form onSubmit={submit}>
        <label class="field">
          <span>Name</span>
          <input
            type="text"
            maxLength={80}
            value={name.value}
            onInput={(event) => name.value = event.currentTarget.value}
            data-autofocus
          />
        </label>
        {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
        <p class="buttons">
          <button type="button" class="quiet" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Rename</button>
        </p>
      </form>
    </Dialog>
  );
}

function TrashDialog({ view, onClose }: DialogProps) {
  const error = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const title = cleanLine(view.summary?.name ?? shortId(view.id));
  const remove = async () => {
    isBusy.value = true;
    try {
      await view.remove();
      onClose();
      trashed.value = { id: view.id, title };
      goTo({});
    } catch (failure) {
      error.value = spokenError(failure);
      isBusy.value = false;
    }
  };
  return (
    <Dialog title="Move the session to the trash?" onClose={onClose}>
      <p>
        <bdi>{title}</bdi> leaves the list. Nothing is deleted, and this command brings the session back:
      </p>
      <pre class="command" tabIndex={0} role="group" aria-label="Command">{restoreCommand(view.id)}</pre>
      {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
      <p class="buttons">
        <button type="button" class="quiet" onClick={onClose} data-autofocus>Cancel</button>
        <button type="button" class="danger" disabled={isBusy.value} onClick={remove}>
          <Icon name="trash" /> Move to the trash
        </button>
      </p>
    </Dialog>
  );
}
