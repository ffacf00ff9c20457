//! Roles: what an account may do on a site, in the words of people. Scopes say the same in the words of the route table.

use collector::book::Scope;

/// A role on a site. Each may do what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Sees every report.
    Viewer,
    /// Writes goals, segments and annotations.
    Editor,
    /// Changes settings, keys, tokens and members.
    Admin,
    /// Owns the installation: an admin of every site. Given to accounts, never to members.
    Owner,
}

impl Role {
    /// Returns its public name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Returns the role of this name that a member can have, `None` if there is none.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor, Self::Admin].into_iter().find(|role| role.name() == name)
    }

    /// Returns what the role may do on its site.
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::Viewer => Scope::Read,
            Self::Editor => Scope::Edit,
            Self::Admin | Self::Owner => Scope::Admin,
        }
    }
}
