//! The forms in which tables are answered: JSON, an aligned text, and files of the kinds that `reports` writes.
//!
//! A file is written whole before its first byte is sent, so that an answer is never half of one; it has no name any more
//! by then and is gone with the answer. What lies on disk meanwhile is in the data directory, readable by nobody else.

use super::parameters::{Parameter, Parameters, Takes};
use super::report::{ReportAnswer, to_json};
use super::signature::schema_of;
use super::values::json_text;
use super::{ApiError, Route, blocking};
use crate::app::App;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{StatusCode, header};
use reports::{FileKind, Table};
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;

/// The form of an answer.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Columns, rows, totals and what they stand for.
    Json,
    /// A table for a terminal.
    Text,
    /// A file.
    File(FileKind),
}

/// The form of an answer, as a parameter.
pub(super) const FORMAT: Parameter = Parameter::new(
    "format",
    Takes::Word(|| ["json", "text"].into_iter().chain(FileKind::ALL.map(FileKind::extension)).collect()),
    "The form of the answer; json if left out.",
);

/// Returns `route` with what it answers in each form.
pub(super) fn in_forms(route: Route) -> Route {
    let refused = [(400, "export.too_long"), (400, "report.format_unknown")];
    let route = route.in_json::<ReportAnswer>().in_text("text/plain").refuses(&refused);
    FileKind::ALL.into_iter().fold(route, |route, kind| {
        let media_type = kind.media_type().split(';').next().unwrap_or_default();
        // A file's bytes have no schema.
        route.in_media(media_type, schema_of::<serde_json::Value>())
    })
}

impl Form {
    /// Returns the form that the parameter `format` asks for: JSON without it.
    ///
    /// # Errors
    /// 400 if there is no such form.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, ApiError> {
        match parameters.get("format") {
            None | Some("json") => Ok(Self::Json),
            Some("text") => Ok(Self::Text),
            Some(name) => FileKind::parse(name).map(Self::File).ok_or_else(|| {
                ApiError::bad_request("report.format_unknown", format!("there is no form `{name}`"))
                    .hint("`format` takes json, csv, xlsx, parquet or text")
            }),
        }
    }
}

/// Answers with `table`; a file is called `name`.
///
/// # Errors
/// If a file cannot be written.
pub(super) async fn answer(app: &App, table: Table, form: Form, name: &str) -> Result<Response, ApiError> {
    match form {
        Form::Json => Ok(json_text(StatusCode::OK, to_json(&table))),
        Form::Text => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], table.to_text()).into_response()),
        Form::File(kind) => {
            let folder = app.exports()?;
            let file = blocking(move || {
                let draft = Draft::begin(&folder, kind)?;
                table.to_file(kind, draft.path())?;
                draft.open()
            });
            Ok(sent(file.await?, kind, name))
        }
    }
}

/// A file while it is made, in a folder of its own, since what does not fit into memory goes beside it. Whoever writes it
/// holds this, so that nothing stays behind when nobody waits for it any more.
pub(super) struct Draft {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Draft {
    /// Returns where a file of `kind` is made, in a new folder in `folder`.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn begin(folder: &Path, kind: FileKind) -> Result<Self, ApiError> {
        let folder = tempfile::tempdir_in(folder).map_err(|e| ApiError::fault(&e.into()))?;
        let path = folder.path().join(format!("export.{}", kind.extension()));
        Ok(Self { folder, path })
    }

    /// Returns the path under which it is made.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what was made, which has no name any more.
    ///
    /// # Errors
    /// If it is not there.
    pub(super) fn open(self) -> Result<std::fs::File, ApiError> {
        let file = std::fs::File::open(&self.path).map_err(|e| ApiError::fault(&e.into()))?;
        drop(self.folder);
        Ok(file)
    }
}

/// Answers with `file`, which is called `name`.
pub(super) fn sent(file: std::fs::File, kind: FileKind, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", kind.extension())),
    ];
    (headers, streamed(tokio::fs::File::from_std(file))).into_response()
}

/// How much of a file is read at once.
const PIECE: usize = 64 << 10;

fn streamed(file: tokio::fs::File) -> Body {
    Body::from_stream(stream::try_unfold(file, |mut file| async move {
        let mut piece = bytes::BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (piece.freeze(), file)))
    }))
}
