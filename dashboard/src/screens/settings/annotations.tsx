// Notes on days: a campaign began, a price changed, the checkout was broken. They stand in every chart.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { today } from "../../state/period";
import { base, mayEdit } from "../../state/session";

interface Note {
  id: number | string;
  date: string;
  text: string;
  author?: string;
}

export function Annotations() {
  const path = `${base.value}/annotations`;
  const answer = useAnswer<{ annotations: Note[] }>(path);
  const [day, setDay] = useState(today.value);
  const [text, setText] = useState("");
  const change = useChange();
  const removal = useChange();
  const add = async () => {
    if ((await change.send("POST", path, { date: day, text })) === undefined) return;
    setText("");
    answer.again();
  };
  return (
    <Panel title={t("settings.annotations")} note={t("annotations.note")}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.annotations")}
          columns={[t("annotations.day"), t("annotations.text"), t("annotations.author")]}
          rows={answer.data.annotations ?? []}
          key_of={(note) => String(note.id)}
          cells={(note) => [format.day(note.date, "long"), note.text, note.author ?? ""]}
          empty={t("annotations.none")}
          onRemove={mayEdit.value ? (note) => void removal.send("DELETE", `${path}/${note.id}`).then(answer.again) : undefined}
        />
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {mayEdit.value && !answer.error && (
        <>
          <h3>{t("annotations.new")}</h3>
          <Form change={change} action={t("annotations.add")} onSubmit={add}>
            <div class="row">
              <label>
                {t("annotations.day")}
                <input type="date" required value={day} onInput={(event) => setDay(event.currentTarget.value)} />
              </label>
              <label>
                {t("annotations.text")}
                <input required maxLength={1000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
              </label>
            </div>
          </Form>
        </>
      )}
    </Panel>
  );
}
