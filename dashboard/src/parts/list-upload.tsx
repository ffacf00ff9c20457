// A list as a file or as text, such as what products cost: sent as it is, and what could not be read is told line by line.

import { useState } from "preact/hooks";
import { applied, forget } from "../api/answers";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import { Icon } from "./icon";
import { ErrorBox } from "./states";
import { TableBox } from "./tablebox";

/** What became of a list. */
export interface Taken {
  count: number;
  bad: { line: number; reason: string }[];
}

export interface ListUploadProps {
  label: string;
  /** A list of two lines that shows the columns. */
  example: string;
  send: (list: string) => Promise<Taken>;
  onTaken: () => void;
}

const BAD_SHOWN_MAX = 100;
/** Longer files are sent without being shown. */
const SHOWN_CHARS_MAX = 20_000;

export function ListUpload({ label, example, send, onTaken }: ListUploadProps) {
  const [text, setText] = useState("");
  const [isOver, setOver] = useState(false);
  const [state, set] = useState<{ isBusy: boolean; taken: Taken | null; error: ApiError | null }>({ isBusy: false, taken: null, error: null });
  const take = async (list: string) => {
    if (!list.trim() || state.isBusy) return;
    set({ isBusy: true, taken: null, error: null });
    try {
      const taken = await send(list);
      await applied();
      set({ isBusy: false, taken, error: null });
      forget();
      onTaken();
    } catch (error) {
      set({ isBusy: false, taken: null, error: error instanceof ApiError ? error : new ApiError(0, "internal", String(error)) });
    }
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    const list = await file.text();
    setText(list.length > SHOWN_CHARS_MAX ? "" : list);
    await take(list);
  };
  return (
    <form class="stack upload" onSubmit={(event) => (event.preventDefault(), void take(text))}>
      <div
        class={`drop ${isOver ? "over" : ""}`}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void read(event.dataTransfer?.files[0]);
        }}
      >
        <label>
          {label}
          <input
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={(event) => {
              const input = event.currentTarget;
              // The same file, corrected, may be chosen once more.
              void read(input.files?.[0]).then(() => (input.value = ""));
            }}
          />
        </label>
      </div>
      <label>
        {t("upload.paste")}
        <textarea rows={4} value={text} spellcheck={false} placeholder={example} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <div class="row">
        <button type="submit" class="button" disabled={!text.trim() || state.isBusy}>
          {state.isBusy ? t("busy") : t("upload.send")}
        </button>
      </div>
      {state.error && <ErrorBox error={state.error} />}
      {state.taken && <Result taken={state.taken} />}
    </form>
  );
}

function Result({ taken: { count, bad } }: { taken: Taken }) {
  return (
    <div role="status" class="stack">
      <p class={`badge ${bad.length ? "warn" : "good"}`}>
        <Icon name={bad.length ? "warn" : "check"} />
        <span>
          {t("upload.taken", { n: count })} {bad.length > 0 && t("upload.bad", { n: bad.length })}
        </span>
      </p>
      {bad.length > 0 && (
        <TableBox>
          <table class="table">
            <caption class="hidden">{t("tally.count.bad_lines")}</caption>
            <tbody>
              {bad.slice(0, BAD_SHOWN_MAX).map((one, at) => (
                <tr key={at}>
                  <th scope="row">{t("tally.line", { n: one.line })}</th>
                  <td class="text">{one.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </div>
  );
}
