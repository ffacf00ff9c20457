//! One worked example as the file has it: configuration, neutral events, and the figures expected.

use crate::harness::fixture;
use serde_json::Value;

/// A case of the file.
pub(super) struct Case(Value);

impl Case {
    /// Returns every case of the file.
    pub(super) fn all() -> Vec<Self> {
        let file = fixture("worked_examples.json");
        let cases = file["cases"].as_array().expect("cases");
        assert_eq!(file["count"], cases.len(), "the file is whole");
        cases.iter().cloned().map(Self).collect()
    }

    /// Returns the case called `name`.
    pub(super) fn named(name: &str) -> Self {
        Self::all().into_iter().find(|c| c.name() == name).unwrap_or_else(|| panic!("the file has no case `{name}`"))
    }

    pub(super) fn name(&self) -> &str {
        self.0["name"].as_str().expect("a name")
    }

    pub(super) fn area(&self) -> &str {
        self.0["area"].as_str().expect("an area")
    }

    /// Returns the figure expected, null if the case expects none of this name.
    pub(super) fn expected(&self, name: &str) -> &Value {
        &self.0["expected"][name]
    }

    /// Returns everything expected.
    pub(super) fn expectation(&self) -> &Value {
        &self.0["expected"]
    }

    /// Returns what is expected by name.
    pub(super) fn expectations(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0["expected"].as_object().expect("expectations by name").iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns a value of the configuration, null if there is none.
    pub(super) fn config(&self, name: &str) -> &Value {
        &self.0["config"][name]
    }

    pub(super) fn events(&self) -> &[Value] {
        self.0["events"].as_array().expect("events")
    }
}
