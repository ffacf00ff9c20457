//! What the signature of a handler says: the parts it extracts and the type it answers with describe themselves here, so
//! that the description of the API is made of the very types that the handlers work with.

use super::ApiError;
use crate::api::Peer;
use crate::app::App;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// Writes the schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// An HTTP status with the stable code of an error.
pub(crate) type Refused = (u16, &'static str);

/// Returns what writes the schema of `T`.
pub(crate) fn schema_of<T: JsonSchema>() -> SchemaOf {
    |generator| generator.subschema_for::<T>()
}

/// What a handler takes and gives.
#[derive(Default)]
pub(crate) struct Signature {
    /// What the parameters of the path are, in order; empty where the handler does not look at them.
    pub(crate) path: Vec<SchemaOf>,
    /// Media types of the body, each with what it is.
    pub(crate) body: Vec<(&'static str, SchemaOf)>,
    /// Whether it can be asked without its body.
    pub(crate) body_is_optional: bool,
    /// Status of the answer.
    pub(crate) status: StatusCode,
    /// Media types of the answer, each with what it is.
    pub(crate) answer: Vec<(&'static str, SchemaOf)>,
    /// What can be wrong.
    pub(crate) refusals: Vec<Refused>,
}

/// What a handler extracts from a request.
pub(crate) trait Part {
    /// Adds what the part says.
    fn tell(_signature: &mut Signature) {}
}

/// What a handler answers with.
pub(crate) trait Answer {
    /// Adds what the answer says.
    fn tell(signature: &mut Signature);
}

/// A handler whose parts and answer describe themselves; `T` is that of [`axum::handler::Handler`].
pub(crate) trait Told<T> {
    /// Returns what its signature says.
    fn told() -> Signature;
}

macro_rules! told {
    ($($part:ident)*) => {
        impl<F, Fut, R, M, $($part),*> Told<(M, $($part,)*)> for F
        where
            F: FnOnce($($part),*) -> Fut,
            Fut: Future<Output = R>,
            R: Answer,
            $($part: Part),*
        {
            fn told() -> Signature {
                let mut signature = Signature::default();
                $($part::tell(&mut signature);)*
                R::tell(&mut signature);
                signature
            }
        }
    };
}

told!();
told!(A);
told!(A B);
told!(A B C);
told!(A B C D);
told!(A B C D E);
told!(A B C D E G);

// What needs no word: the application, what the guard put beside the request, and what is read by hand.
impl Part for State<Arc<App>> {}
impl Part for HeaderMap {}
impl Part for Option<Extension<Peer>> {}
impl Part for Query<HashMap<String, String>> {}
impl Part for Request {}

/// What any handler that can fail may answer, for reasons that are not the caller's.
pub(super) const FAULTS: &[Refused] =
    &[(500, "internal"), (503, "journal.full"), (503, "query.memory"), (503, "query.timeout"), (503, "store.away")];

impl<A: Answer> Answer for Result<A, ApiError> {
    fn tell(signature: &mut Signature) {
        A::tell(signature);
        signature.refusals.extend_from_slice(FAULTS);
    }
}

impl<T: JsonSchema> Answer for Json<T> {
    fn tell(signature: &mut Signature) {
        signature.answer = vec![("application/json", schema_of::<T>())];
    }
}

/// A status beside a body: something was made. A route says where it is another one.
impl<A: Answer> Answer for (StatusCode, A) {
    fn tell(signature: &mut Signature) {
        A::tell(signature);
        signature.status = StatusCode::CREATED;
    }
}

/// A status alone: it is done.
impl Answer for StatusCode {
    fn tell(signature: &mut Signature) {
        signature.status = StatusCode::NO_CONTENT;
    }
}

impl Answer for &'static str {
    fn tell(signature: &mut Signature) {
        signature.answer = vec![("text/plain", schema_of::<String>())];
    }
}

/// An answer that is put together by hand; its route says what it is.
impl Answer for Response {
    fn tell(_: &mut Signature) {}
}
