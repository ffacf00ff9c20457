//! The rule data, compiled: user agents, bots, referrers.
//!
//! The data lies in `enrichment/data/` and is part of the binary, so a version of the program is a version of the
//! rules. The memo holds results of a pure function of the user agent alone; it changes the speed and nothing else.

use crate::bot::Bots;
use crate::device::{Device, Devices};
use crate::goal::pattern::GoalPatterns;
use crate::referrer::Referrers;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// How many user agents are remembered; a shop sees some thousands.
const AGENTS_MAX: usize = 20_000;

/// Compiled rule data.
pub struct Rules {
    bots: Bots,
    devices: Devices,
    agents: Cache<String, Arc<Agent>>,
    pub(crate) referrers: Referrers,
    pub(crate) goal_patterns: GoalPatterns,
}

/// What a user agent says of its sender.
#[derive(Debug, Default)]
pub(crate) struct Agent {
    /// The name by which a bot gives itself away.
    pub(crate) bot: Option<String>,
    /// What it looks with.
    pub(crate) device: Device,
}

impl Rules {
    /// Returns the rules that this version of the program carries. Takes some tens of milliseconds.
    pub fn load() -> Self {
        let agents = Cache::new(AGENTS_MAX);
        let goal_patterns = GoalPatterns::new();
        Self { bots: Bots::load(), devices: Devices::load(), referrers: Referrers::load(), agents, goal_patterns }
    }

    /// Returns what `user_agent` says.
    pub(crate) fn agent(&self, user_agent: &str) -> Arc<Agent> {
        if let Some(agent) = self.agents.get(user_agent) {
            return agent;
        }
        let agent = Arc::new(Agent { bot: self.bots.name_of(user_agent), device: self.devices.read(user_agent) });
        self.agents.insert(user_agent.to_owned(), Arc::clone(&agent));
        agent
    }
}
