import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cleanLine } from "../../../src/text/mod.ts";
import type { StartableProgram, StudioActions } from "../data/studio_api.ts";
import { goTo } from "../state/route.ts";
import { spokenError } from "../state/session_view.ts";
import { Dialog } from "./dialog.tsx";

/** Starts a program with its parameters. */
export function StartDialog(
  { actions, onClose }: { readonly actions: StudioActions; readonly onClose: () => void },
) {
  const programs = useSignal<readonly StartableProgram[] | undefined>(undefined);
  const chosen = useSignal("");
  const values = useSignal<Readonly<Record<string, string>>>({});
  const name = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  useEffect(() => {
    actions.programs().then((list) => {
      programs.value = list;
      chosen.value = list.find(({ problems }) => problems.length === 0)?.name ?? list[0]?.name ?? "";
    }).catch((failure) => error.value = spokenError(failure));
  }, []);
  const program = programs.value?.find(({ name }) => name === chosen.value);
  const start = async (event: Event) => {
    event.preventDefault();
    if (!program) return;
    isBusy.value = true;
    try {
      const parameters = Object.fromEntries(
        program.parameters.flatMap(({ name }) => {
          const value = values.value[name] ?? "";
          return value === "" ? [] : [[name, value]];
        }),
      );
      const session = await actions.start(program.name, {
        parameters,
        ...(name.value.trim() === "" ? {} : { name: name.value.trim() }),
      });
      onClose();
      goTo({ session });
    } catch (failure) {
      error.value = spokenError(failure);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Dialog title="Start a program" onClose={onClose}>
      <form onSubmit={start}>
        {programs.value?.length === 0
          ? (
            <p class="hint">
              The server knows no program. Name files when you start it: <code>playbooks studio FILE</code>.
            </p>
          )
          : null}
        <label class="field">
          <span>Program</span>
          <select
            data-autofocus
            value={chosen.value}
            onChange={(event) => chosen.value = event.currentTarget.value}
          >
            {(programs.value ?? []).map(({ name, title }) => (
              <option key={name} value={name}>
                {cleanLine(name)}
                {title === undefined || title === name ? "" : ` · ${cleanLine(title)}`}
              </option>
            ))}
          </select>
        </label>
        {program?.parameters.map(({ name, default: usual }) => (
          <label key={name} class="field">
            <span class="mono">{cleanLine(name)}</span>
            <input
              type="text"
              placeholder={usual === undefined ? "" : String(usual)}
              value={values.value[name] ?? ""}
              onInput={(event) => values.value = { ...values.value, [name]: event.currentTarget.value }}
            />
          </label>
        ))}
        <label class="field">
          <span>Name of the session (may be empty)</span>
          <input
            type="text"
            maxLength={80}
            value={name.value}
            onInput={(event) => name.value = event.currentTarget.value}
          />
        </label>
        {error.value === undefined ? null : <p class="problem" role="alert">{error.value}</p>}
        <p class="buttons">
          <button type="button" class="quiet" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={isBusy.value || !program}>Start</button>
        </p>
      </form>
    </Dialog>
  );
}
