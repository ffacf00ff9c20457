//! Forms: how many begin one, send it, and at which field the others stop. Read from `form_start`, `form_field` and
//! `form_submit` events; what is typed is never known.

use super::clicks::narrowed;
use super::desk::{Desk, int, key, text};
use super::draft::{Draft, count, figure, ratio, split, sum};
use super::given::{Frame, Given};
use crate::analysis::kept::members;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::filter::Filter;
use crate::metrics::Unit;
use crate::table::{Cell, Table};
use serde_json::json;
use std::collections::BTreeMap;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    form: Option<String>,
    kinds: [(Kind, Filter); 3],
}

/// What was done with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Start,
    Field,
    Submit,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let of = |kind, event| narrowed(given, event, &["page", "device"]).map(|filter| (kind, filter));
        let kinds = [of(Kind::Start, "form_start")?, of(Kind::Field, "form_field")?, of(Kind::Submit, "form_submit")?];
        Ok(Self { frame: given.frame()?, form: given.get("form").map(str::to_owned), kinds })
    }
}

/// Something that a visit did with a form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    form: String,
    visit: u64,
    at: i64,
    kind: Kind,
    event: u64,
    field: Option<String>,
}

/// What became of one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Form {
    starts: usize,
    submits: usize,
    /// Visits that filled a field, and those that did nothing after it and did not submit.
    fields: BTreeMap<String, Field>,
    /// Visits that began it and filled nothing.
    untouched: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    filled: usize,
    last: usize,
    /// Sum of its places among the fields of those who filled it, to show fields in the order they are come to.
    places: usize,
}

/// Folds what visits did into forms.
fn fold(mut deeds: Vec<Deed>) -> BTreeMap<String, Form> {
    deeds.sort_unstable();
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    for own in deeds.chunk_by(|a, b| a.form == b.form && a.visit == b.visit) {
        let form = forms.entry(own[0].form.clone()).or_default();
        let submitted = own.iter().any(|d| d.kind == Kind::Submit);
        // Who filled a field or submitted has begun, whether or not the start was told.
        form.starts += 1;
        form.submits += usize::from(submitted);
        let mut seen: Vec<&str> = Vec::new();
        for field in own.iter().filter_map(|d| d.field.as_deref().filter(|_| d.kind == Kind::Field)) {
            if !seen.contains(&field) {
                seen.push(field);
                let known = form.fields.entry(field.to_owned()).or_default();
                known.filled += 1;
                known.places += seen.len();
            }
        }
        let last = own.iter().rev().find_map(|d| d.field.as_deref().filter(|_| d.kind == Kind::Field));
        match last {
            _ if submitted => {}
            Some(last) => form.fields.entry(last.to_owned()).or_default().last += 1,
            None => form.untouched += 1,
        }
    }
    forms
}

fn read(desk: &Desk, ask: &Ask) -> Result<Vec<Deed>, Error> {
    let side = desk.side(ask.frame.period);
    let mut out = Vec::new();
    for (kind, filter) in &ask.kinds {
        let mut context = desk.context(filter);
        let columns = [
            "e.visit as visit",
            "epoch_us(e.occurred_at) as moment",
            "e.event as event",
            "coalesce(json_extract_string(e.properties, '$.form'), '(unknown)') as form",
            "json_extract_string(e.properties, '$.field') as field",
        ];
        let rows = members(&mut context, Fact::Events, &columns, &side);
        let only = ask.form.as_deref().map(|form| format!(" and form = {}", context.params.bind(form)));
        let only = only.unwrap_or_default();
        let sql = format!("select visit, moment, event, form, field from (\n{rows}\n) x where visit is not null{only}");
        for row in desk.ask(&sql, context.params)? {
            out.push(Deed {
                form: text(&row, 3)?.unwrap_or_default(),
                visit: key(&row, 0)?,
                at: int(&row, 1)?,
                kind: *kind,
                event: key(&row, 2)?,
                field: text(&row, 4)?,
            });
        }
    }
    Ok(out)
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let forms = fold(read(desk, ask)?);
    let draft = match &ask.form {
        None => all_forms(&forms),
        Some(name) => fields(forms.get(name).cloned().unwrap_or_default()),
    };
    Ok(draft.finish(desk, &ask.frame))
}

fn all_forms(forms: &BTreeMap<String, Form>) -> Draft {
    let mut draft = Draft::new(vec![
        split("form", "Form"),
        sum("starts", "Began", Unit::Count),
        sum("submits", "Sent", Unit::Count),
        figure("completion_rate", "Of those who began", Unit::Percent),
        sum("dropped", "Did not send", Unit::Count),
    ]);
    let mut sorted: Vec<(&String, &Form)> = forms.iter().collect();
    sorted.sort_by_key(|(name, form)| (std::cmp::Reverse(form.starts), *name));
    let row = |name: Cell, starts: usize, submits: usize| {
        let share = ratio(submits as i128, starts as i128);
        vec![name, count(starts), count(submits), share, count(starts - submits)]
    };
    draft.rows = sorted.iter().map(|(n, f)| row(Cell::Text((*n).clone()), f.starts, f.submits)).collect();
    let (starts, submits) = sorted.iter().fold((0, 0), |(a, b), (_, f)| (a + f.starts, b + f.submits));
    draft.totals = row(Cell::Null, starts, submits);
    draft
}

fn fields(form: Form) -> Draft {
    let mut draft = Draft::new(vec![
        split("field", "Field"),
        figure("filled", "Filled it", Unit::Count),
        figure("filled_rate", "Of those who began", Unit::Percent),
        sum("dropped", "Stopped there", Unit::Count),
        figure("dropped_rate", "Of those who filled it", Unit::Percent),
    ]);
    let starts = form.starts as i128;
    draft.extras =
        vec![("starts", json!(form.starts)), ("submits", json!(form.submits)), ("untouched", json!(form.untouched))];
    let mut sorted: Vec<(String, Field)> = form.fields.into_iter().collect();
    // By the mean place, compared without dividing.
    sorted.sort_by(|(a, x), (b, y)| (x.places * y.filled).cmp(&(y.places * x.filled)).then(a.cmp(b)));
    let mut dropped = 0;
    for (name, field) in sorted {
        dropped += field.last;
        draft.rows.push(vec![
            Cell::Text(name),
            count(field.filled),
            ratio(field.filled as i128, starts),
            count(field.last),
            ratio(field.last as i128, field.filled as i128),
        ]);
    }
    draft.totals[3] = count(dropped);
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_not_submit_stopped_at_the_last_field() {
        let deed = |visit, at, kind, field: Option<&str>| Deed {
            form: "checkout".to_owned(),
            visit,
            at,
            kind,
            event: at as u64,
            field: field.map(str::to_owned),
        };
        let forms = fold(vec![
            deed(1, 1, Kind::Start, None),
            deed(1, 2, Kind::Field, Some("name")),
            deed(1, 3, Kind::Field, Some("mail")),
            deed(1, 4, Kind::Submit, None),
            deed(2, 1, Kind::Start, None),
            deed(2, 2, Kind::Field, Some("name")),
            deed(2, 3, Kind::Field, Some("mail")),
            deed(2, 4, Kind::Field, Some("name")),
            deed(3, 1, Kind::Start, None),
        ]);
        let form = &forms["checkout"];
        assert_eq!((form.starts, form.submits, form.untouched), (3, 1, 1));
        assert_eq!(form.fields["name"], Field { filled: 2, last: 1, places: 2 });
        assert_eq!(form.fields["mail"], Field { filled: 2, last: 0, places: 4 });
    }
}
