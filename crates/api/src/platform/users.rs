//! Users. Requests take `null` for absence everywhere: the published Go SDK sends whole objects.

use super::clients::is_zero;
use crate::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Body of `POST /users`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreateUser {
    /// First name. At most 1024 bytes.
    pub first_name: Option<String>,
    /// Last name. At most 1024 bytes.
    pub last_name: Option<String>,
    /// E-mail address, unique; good for logging in too.
    pub email: Option<String>,
    /// What the user logs in with.
    pub credentials: Option<NewCredentials>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// For everybody to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// For the user and administrators to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Map<String, Value>>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_picture: Option<String>,
    /// `user` or `admin`; ignored unless a platform administrator asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `enabled` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What a new user logs in with.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct NewCredentials {
    /// Letters, digits, `-` and `_`, at most 32; unique.
    pub username: Option<String>,
    /// Password, at least 8 characters.
    pub secret: Option<String>,
}

/// Body of `PATCH /users/{user}`; absence leaves things as they are.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUser {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// For everybody to see.
    pub metadata: Option<Map<String, Value>>,
    /// For the user and administrators to see.
    pub private_metadata: Option<Map<String, Value>>,
}

/// Body of `PATCH /users/{user}/tags`: all labels; absent clears.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUserTags {
    /// Labels.
    pub tags: Option<Vec<String>>,
}

/// Body of `PATCH /users/{user}/email`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUserEmail {
    /// E-mail address, unique.
    pub email: Option<String>,
}

/// Body of `PATCH /users/{user}/username`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUsername {
    /// Letters, digits, `-` and `_`, at most 32; unique.
    pub username: Option<String>,
}

/// Body of `PATCH /users/{user}/picture`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUserPicture {
    /// URL of a picture; empty clears.
    pub profile_picture: Option<String>,
}

/// Body of `PATCH /users/{user}/role`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUserRole {
    /// `user` or `admin`.
    pub role: Option<String>,
}

/// Body of `PATCH /users/secret`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateUserSecret {
    /// The password so far.
    pub old_secret: Option<String>,
    /// The password from now on, at least 8 characters.
    pub new_secret: Option<String>,
}

/// A user. Somebody else than the user and administrators sees id, names, `metadata` and username only.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: String,
    /// First name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// Last name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// For everybody to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// For the user and administrators to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Value>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `user` or `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub profile_picture: String,
    /// What the user logs in with, without the password.
    #[serde(default)]
    pub credentials: UserCredentials,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
}

/// The public half of a user's credentials.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct UserCredentials {
    /// Username.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub username: String,
}

/// A page of users.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct UserPage {
    /// Largest number of rows asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit: u64,
    /// Rows skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// Users that match the filter.
    pub total: u64,
    /// The rows.
    #[serde(default)]
    pub users: Vec<UserView>,
}
