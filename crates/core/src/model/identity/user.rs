//! People and machines that call the operator API.

use super::{Direction, TagFilter, contains_json, holds};
use crate::model::{Status, Timestamp, UserId};

/// A user, without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What the user logs in with; unique.
    pub username: String,
    /// The other thing the user may log in with; unique.
    pub email: String,
    /// Labels.
    pub tags: Vec<String>,
    /// JSON object as text, for everybody who may see the user.
    pub metadata: Option<String>,
    /// JSON object as text, for the user and administrators.
    pub private_metadata: Option<String>,
    /// URL of a picture, possibly empty.
    pub profile_picture: String,
    /// Platform administrator: may do everything in every domain.
    pub admin: bool,
    /// May the user log in?
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
}

/// New values for a user; `None` leaves things as they are.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// JSON object as text.
    pub metadata: Option<String>,
    /// JSON object as text.
    pub private_metadata: Option<String>,
    /// URL of a picture.
    pub profile_picture: Option<String>,
    /// Platform administrator?
    pub admin: Option<bool>,
    /// The switch.
    pub status: Option<Status>,
}

impl UserChange {
    /// Carries the change out.
    pub fn apply(&self, user: &mut User) {
        let replace = |slot: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                slot.clone_from(value);
            }
        };
        replace(&mut user.first_name, &self.first_name);
        replace(&mut user.last_name, &self.last_name);
        replace(&mut user.username, &self.username);
        replace(&mut user.email, &self.email);
        replace(&mut user.profile_picture, &self.profile_picture);
        if let Some(tags) = &self.tags {
            user.tags.clone_from(tags);
        }
        if self.metadata.is_some() {
            user.metadata.clone_from(&self.metadata);
        }
        if self.private_metadata.is_some() {
            user.private_metadata.clone_from(&self.private_metadata);
        }
        user.admin = self.admin.unwrap_or(user.admin);
        user.status = self.status.unwrap_or(user.status);
    }
}

/// What a change of a user, or of the members of a role, came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guarded<T> {
    /// It was carried out.
    Done(T),
    /// It would have left the platform or the domain without an enabled administrator.
    LastAdministrator,
}

/// By what a list of users is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserOrder {
    /// Creation.
    Created,
    /// Last change, or creation.
    #[default]
    Updated,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Username.
    Username,
    /// E-mail address.
    Email,
}

/// Conditions on a list of users; all of them must hold.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Exact id.
    pub id: Option<String>,
    /// Part of the username.
    pub username: Option<String>,
    /// Part of the e-mail address.
    pub email: Option<String>,
    /// Part of the first name.
    pub first_name: Option<String>,
    /// Part of the last name.
    pub last_name: Option<String>,
    /// Exact status; `None` for any.
    pub status: Option<Status>,
    /// Labels.
    pub tags: Option<TagFilter>,
    /// What the metadata must contain.
    pub metadata: Option<serde_json::Value>,
    /// Created then or later.
    pub created_from: Option<Timestamp>,
    /// Created then or earlier.
    pub created_to: Option<Timestamp>,
    /// Sorted by.
    pub order: UserOrder,
    /// In which direction.
    pub direction: Direction,
}

impl UserFilter {
    /// Does the user fit?
    #[must_use]
    pub fn accepts(&self, user: &User) -> bool {
        self.id.as_deref().is_none_or(|id| id == user.id.as_str())
            && self.status.is_none_or(|status| status == user.status)
            && self.created_from.is_none_or(|from| user.created_at >= from)
            && self.created_to.is_none_or(|to| user.created_at <= to)
            && holds(&user.username, self.username.as_deref())
            && holds(&user.email, self.email.as_deref())
            && holds(&user.first_name, self.first_name.as_deref())
            && holds(&user.last_name, self.last_name.as_deref())
            && self.tags.as_ref().is_none_or(|tags| tags.accepts(&user.tags))
            && contains_json(user.metadata.as_deref(), self.metadata.as_ref())
    }

    /// Sorts users as the filter says.
    pub fn sort(&self, users: &mut [User]) {
        let id = |user: &User| user.id.clone();
        match self.order {
            UserOrder::Created => self.direction.sort(users, |user| user.created_at, id),
            UserOrder::Updated => {
                self.direction.sort(users, |user| user.updated_at.unwrap_or(user.created_at), id);
            }
            UserOrder::FirstName => self.direction.sort(users, |user| user.first_name.clone(), id),
            UserOrder::LastName => self.direction.sort(users, |user| user.last_name.clone(), id),
            UserOrder::Username => self.direction.sort(users, |user| user.username.clone(), id),
            UserOrder::Email => self.direction.sort(users, |user| user.email.clone(), id),
        }
    }
}
