//! One entry of the route table: who may call a handler where, and what no signature can say of it.

use super::asking::CROWDED;
use super::auth::Access;
use super::parameters::Parameter;
use super::signature::{Refused, SchemaOf, Signature, Told, schema_of};
use crate::app::App;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use std::sync::Arc;

/// One entry of the route table.
pub(crate) struct Route {
    /// Method.
    pub(crate) method: Method,
    /// Path, with its parameters in braces.
    pub(crate) path: &'static str,
    /// Who may call it.
    pub(crate) access: Access,
    /// What it does, in a sentence or two.
    pub(super) summary: &'static str,
    /// What its answer is.
    pub(super) answer: &'static str,
    /// What the parameters of its path mean, with the values they take where these are counted.
    pub(super) named: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    /// The parameters of its query.
    pub(super) query: Vec<Parameter>,
    /// Whether any other parameter is refused before the handler is called.
    pub(super) is_strict: bool,
    /// What its handler takes, gives and refuses.
    pub(super) signature: Signature,
    /// Calls the handler.
    pub(super) handler: MethodRouter<Arc<App>>,
}

impl Route {
    /// Returns an entry.
    pub(crate) fn new<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Arc<App>> + Told<T>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("the table names standard methods only");
        Self {
            method,
            path,
            access,
            summary: "",
            answer: "",
            named: Vec::new(),
            query: Vec::new(),
            is_strict: false,
            signature: H::told(),
            handler: on(filter, handler),
        }
    }

    /// Says what the route does and what its answer is.
    pub(crate) fn says(mut self, summary: &'static str, answer: &'static str) -> Self {
        (self.summary, self.answer) = (summary, answer);
        self
    }

    /// Says what a parameter of the path means.
    pub(super) fn names(self, parameter: &'static str, meaning: &'static str) -> Self {
        self.names_one_of(parameter, meaning, Vec::new())
    }

    /// Says what a parameter of the path means, and all that it can be.
    pub(super) fn names_one_of(
        mut self,
        parameter: &'static str,
        meaning: &'static str,
        values: Vec<&'static str>,
    ) -> Self {
        self.named.push((parameter, meaning, values));
        self
    }

    /// Lets these parameters into the query and no others: whatever else is there is refused.
    pub(super) fn takes(mut self, query: impl IntoIterator<Item = Parameter>) -> Self {
        self.is_strict = true;
        self.signature.refusals.extend([(400, "parameter.invalid"), (400, "parameter.unknown")]);
        self.reads(query)
    }

    /// Says which parameters of the query are read; the handler judges what else there is.
    pub(super) fn reads(mut self, query: impl IntoIterator<Item = Parameter>) -> Self {
        self.query.extend(query);
        self
    }

    /// Says that it asks the store and waits for its turn.
    pub(super) fn asks_store(self) -> Self {
        self.refuses(CROWDED)
    }

    /// Says what else can be wrong, beyond what the signature says.
    pub(super) fn refuses(mut self, refusals: &[Refused]) -> Self {
        self.signature.refusals.extend_from_slice(refusals);
        self
    }

    /// Says the status of the answer where it is none of those that follow from its type.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.signature.status = status;
        self
    }

    /// Says the JSON that a handler answers by hand.
    pub(super) fn in_json<T: JsonSchema>(self) -> Self {
        self.in_media("application/json", schema_of::<T>())
    }

    /// Says a text that a handler answers by hand.
    pub(crate) fn in_text(self, media_type: &'static str) -> Self {
        self.in_media(media_type, schema_of::<String>())
    }

    /// Says one more form in which a handler answers by hand.
    pub(super) fn in_media(mut self, media_type: &'static str, schema: SchemaOf) -> Self {
        self.signature.answer.push((media_type, schema));
        self
    }

    /// Says one form of the body, where the handler reads it by hand.
    pub(super) fn sent_as(mut self, media_type: &'static str, schema: SchemaOf) -> Self {
        self.signature.body.push((media_type, schema));
        self
    }

    /// Says that it can be asked without a body.
    pub(super) fn without_body_too(mut self) -> Self {
        self.signature.body_is_optional = true;
        self
    }
}
