//! Sessions and personal access tokens.

use crate::model::{Scope, Secret, Timestamp, TokenId, UserId};

/// Who stands behind a token that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The user; enabled.
    pub user: UserId,
    /// Platform administrator?
    pub admin: bool,
    /// Id of the session or of the personal access token.
    pub token: TokenId,
    /// The limits of a personal access token; `None` for a session.
    pub scopes: Option<Vec<Scope>>,
    /// When a personal access token was last used, as far as that is written down.
    pub last_used_at: Option<Timestamp>,
}

/// Access and refresh token of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// For requests.
    pub access: Secret,
    /// For a new pair; good once.
    pub refresh: Secret,
    /// When the access token ends.
    pub access_expires: Timestamp,
    /// When the refresh token ends.
    pub refresh_expires: Timestamp,
}

/// A login and all pairs of tokens that came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: TokenId,
    /// What the user called it, possibly empty.
    pub description: String,
}

/// What became of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// It was exchanged for the new pair.
    Rotated(UserId),
    /// It was exchanged before: somebody else has it, and the whole session has ended.
    Reused(UserId),
    /// The user may not log in.
    Disabled,
    /// Unknown, expired, or no refresh token.
    Refused,
}

/// A personal access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pat {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What the user called it.
    pub name: String,
    /// A sentence about it, possibly empty.
    pub description: String,
    /// When its secret was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it was last used, roughly.
    pub last_used_at: Option<Timestamp>,
    /// When its secret was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Pat {
    /// What it is good for at a moment.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> PatStatus {
        if self.revoked_at.is_some() {
            PatStatus::Revoked
        } else if self.expires_at <= now {
            PatStatus::Expired
        } else {
            PatStatus::Active
        }
    }
}

/// Whether a personal access token is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatStatus {
    /// Accepted.
    Active,
    /// Ended by its owner.
    Revoked,
    /// Ended by time.
    Expired,
}

impl PatStatus {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PatStatus::Active => "active",
            PatStatus::Revoked => "revoked",
            PatStatus::Expired => "expired",
        }
    }
}

/// New values for a personal access token; `None` leaves things as they are.
#[derive(Debug, Clone, Default)]
pub struct PatChange {
    /// Name.
    pub name: Option<String>,
    /// Sentence about it.
    pub description: Option<String>,
}

/// Conditions on a list of personal access tokens; all of them must hold.
#[derive(Debug, Clone, Default)]
pub struct PatFilter {
    /// Exact id.
    pub id: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Exact status; `None` for any.
    pub status: Option<PatStatus>,
}

impl PatFilter {
    /// Does the token fit?
    #[must_use]
    pub fn accepts(&self, pat: &Pat, now: Timestamp) -> bool {
        self.id.as_deref().is_none_or(|id| id == pat.id.as_str())
            && self.status.is_none_or(|status| status == pat.status(now))
            && super::holds(&pat.name, self.name.as_deref())
    }
}
