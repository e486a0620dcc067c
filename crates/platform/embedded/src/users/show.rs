//! How answers show a user.

use crate::fields::shown_object;
use onramp_api::{
    Time,
    platform::{UserCredentials, UserPage, UserView},
};
use onramp_core::model::{Caller, Page, PageRequest, User};

fn object(stored: Option<&str>) -> Option<serde_json::Value> {
    shown_object(stored).filter(|value| value.as_object().is_none_or(|object| !object.is_empty()))
}

/// Everything to the user and platform administrators, the rest sees who it is.
pub(super) fn view(caller: Option<&Caller>, user: &User) -> UserView {
    let short = UserView {
        id: user.id.to_string(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        metadata: object(user.metadata.as_deref()),
        credentials: UserCredentials { username: user.username.clone() },
        ..UserView::default()
    };
    if caller.is_some_and(|caller| !caller.platform_admin && caller.user != user.id) {
        return short;
    }
    UserView {
        tags: user.tags.clone(),
        private_metadata: object(user.private_metadata.as_deref()),
        status: Some(user.status.as_str().to_owned()),
        role: Some(if user.admin { "admin" } else { "user" }.to_owned()),
        profile_picture: user.profile_picture.clone(),
        email: user.email.clone(),
        created_at: Some(Time(user.created_at.0)),
        updated_at: user.updated_at.map(|at| Time(at.0)),
        updated_by: user.updated_by.as_ref().map(ToString::to_string),
        ..short
    }
}

pub(super) fn page(caller: &Caller, page: &Page<User>, request: PageRequest) -> UserPage {
    UserPage {
        limit: request.limit,
        offset: request.offset,
        total: page.total,
        users: page.items.iter().map(|user| view(Some(caller), user)).collect(),
    }
}
