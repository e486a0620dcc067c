//! Users: who may create, see and change them.

mod check;
pub(crate) mod routes;
mod show;

use crate::{Embedded, Entity, Failure, authority::require_anywhere, fields};
use onramp_core::model::{
    Caller, Guarded, Page, PageRequest, Secret, Status, User, UserChange, UserFilter, UserId,
};
use serde_json::{Map, Value};

const LAST_ADMINISTRATOR: &str = "the last enabled platform administrator must stay one";

/// What somebody asks for who creates a user.
pub struct NewUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Username.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// For everybody to see.
    pub metadata: Option<Map<String, Value>>,
    /// For the user and administrators to see.
    pub private_metadata: Option<Map<String, Value>>,
    /// URL of a picture.
    pub profile_picture: String,
    /// `user` or `admin`; ignored unless a platform administrator asks.
    pub role: Option<String>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
}

impl Embedded {
    /// May somebody, or anybody, create users?
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub(crate) fn may_create_users(&self, caller: Option<&Caller>) -> Result<(), Failure> {
        match caller {
            _ if self.settings.self_registration => Ok(()),
            None => Err(Failure::Unauthenticated),
            Some(caller) if caller.platform_admin => {
                Ok(require_anywhere(caller, Entity::Users, None, "create_users")?)
            }
            Some(_) => Err(Failure::Forbidden),
        }
    }

    /// Creates a user.
    ///
    /// # Errors
    /// `Invalid`, `Conflict`, `Busy`, `Unavailable`; and those of a caller who may not.
    pub async fn create_user(&self, caller: Option<&Caller>, new: NewUser) -> Result<User, Failure> {
        self.may_create_users(caller)?;
        check::name_size(&new.first_name)?;
        check::name_size(&new.last_name)?;
        required(&new.first_name, "missing first name")?;
        required(&new.last_name, "missing last name")?;
        check::username(&new.username)?;
        check::email(&new.email)?;
        check::password(&new.password)?;
        let status = fields::status(new.status.as_deref())?;
        check::picture(&new.profile_picture)?;
        let role = new.role.as_deref().filter(|role| !role.is_empty()).unwrap_or("user");
        // Nobody makes an administrator of themselves, nor does an administrator's token that is limited to
        // something else: where everybody may create users, nobody has looked at its scopes yet.
        let may_promote = caller.is_some_and(|caller| {
            caller.platform_admin && require_anywhere(caller, Entity::Users, None, "create_users").is_ok()
        });
        let admin = check::role(role)? && may_promote;
        let user = User {
            id: fresh_id(self)?,
            first_name: new.first_name,
            last_name: new.last_name,
            username: new.username,
            email: new.email,
            tags: fields::tags(new.tags)?,
            metadata: fields::object("metadata", new.metadata)?,
            private_metadata: fields::object("private_metadata", new.private_metadata)?,
            profile_picture: new.profile_picture,
            admin,
            status,
            created_at: self.clock.now(),
            updated_at: None,
            updated_by: None,
        };
        let hash = self.passwords.hash(&new.password).await?;
        self.directory.add_user(&user, &hash).await?;
        tracing::info!(user = %user.id, admin, by = caller.map(|caller| caller.user.as_str()), "user created");
        Ok(user)
    }

    /// Reads a user that anybody may see something of.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` for a token that is limited to something else, `Unavailable`.
    pub async fn view_user(&self, caller: &Caller, id: &UserId) -> Result<User, Failure> {
        if caller.user != *id {
            require_anywhere(caller, Entity::Users, Some(id.as_str()), "view")?;
        }
        self.directory.user(id).await?.ok_or(Failure::NotFound)
    }

    /// Lists users, to platform administrators; for everybody else there is no such list.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`, `Unavailable`.
    pub async fn list_users(
        &self,
        caller: &Caller,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, Failure> {
        if !caller.platform_admin {
            return Err(Failure::NotFound);
        }
        require_anywhere(caller, Entity::Users, None, "list_users")?;
        Ok(self.directory.users(filter, page).await?)
    }

    /// Searches users by id or parts of their names.
    ///
    /// # Errors
    /// `Invalid` when there is too little to search for, `Forbidden`, `Unavailable`.
    pub async fn search_users(
        &self,
        caller: &Caller,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, Failure> {
        require_anywhere(caller, Entity::Users, None, "search_users")?;
        let names = [&filter.username, &filter.id, &filter.first_name, &filter.last_name];
        if names.iter().all(|name| name.is_none()) {
            return Err(Failure::invalid("empty search query"));
        }
        if [&filter.username, &filter.id].into_iter().flatten().any(|text| text.chars().count() < 3) {
            return Err(Failure::invalid("length of search query must be at least 3 characters"));
        }
        Ok(self.directory.users(filter, page).await?)
    }

    /// May the caller change this user? Everybody themselves, platform administrators everybody.
    ///
    /// # Errors
    /// `Forbidden`.
    pub(crate) fn may_change_user(
        &self,
        caller: &Caller,
        id: &UserId,
        operation: &'static str,
    ) -> Result<(), Failure> {
        if caller.user != *id && !caller.platform_admin {
            return Err(Failure::Forbidden);
        }
        Ok(require_anywhere(caller, Entity::Users, Some(id.as_str()), operation)?)
    }

    /// Changes a user, after [`may_change_user`](Self::may_change_user).
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Conflict`, `Unavailable`.
    pub(crate) async fn change_user(
        &self,
        caller: &Caller,
        id: &UserId,
        change: &UserChange,
    ) -> Result<User, Failure> {
        for name in [&change.first_name, &change.last_name].into_iter().flatten() {
            check::name_size(name)?;
        }
        if let Some(username) = &change.username {
            check::username(username)?;
        }
        if let Some(email) = &change.email {
            check::email(email)?;
        }
        if let Some(picture) = &change.profile_picture {
            check::picture(picture)?;
        }
        let changed = self.directory.change_user(id, change, &caller.user, self.clock.now()).await?;
        done(changed)
    }

    /// Makes somebody a platform administrator, or an ordinary user again.
    ///
    /// # Errors
    /// `Forbidden` unless a platform administrator asks; as [`change_user`](Self::change_user).
    pub async fn set_user_role(&self, caller: &Caller, id: &UserId, role: &str) -> Result<User, Failure> {
        let change = UserChange { admin: Some(check::role(role)?), ..UserChange::default() };
        let user = self.change_user(caller, id, &change).await?;
        tracing::info!(user = %user.id, admin = user.admin, by = %caller.user, "user's role changed");
        Ok(user)
    }

    /// Lets a user in again, or out.
    ///
    /// # Errors
    /// `SameStatus`; as [`change_user`](Self::change_user).
    pub async fn set_user_status(
        &self,
        caller: &Caller,
        id: &UserId,
        status: Status,
    ) -> Result<User, Failure> {
        let before = self.directory.user(id).await?.ok_or(Failure::NotFound)?;
        if before.status == status {
            return Err(Failure::SameStatus);
        }
        let change = UserChange { status: Some(status), ..UserChange::default() };
        let user = self.change_user(caller, id, &change).await?;
        tracing::info!(user = %user.id, status = status.as_str(), by = %caller.user, "user's status changed");
        Ok(user)
    }

    /// Removes a user. Domains of which it was the only administrator are left to platform administrators.
    ///
    /// # Errors
    /// `Invalid` for the last platform administrator, `NotFound`, `Unavailable`.
    pub async fn remove_user(&self, caller: &Caller, id: &UserId) -> Result<(), Failure> {
        done(self.directory.remove_user(id).await?)?;
        tracing::info!(user = %id, by = %caller.user, "user removed");
        Ok(())
    }

    /// Changes the caller's own password and ends the caller's other sessions.
    ///
    /// # Errors
    /// `Credentials` when the old one is wrong, `Forbidden` for a personal access token, `Invalid`, `Busy`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        old: &Secret,
        new: &Secret,
    ) -> Result<User, Failure> {
        if old.is_empty() {
            return Err(Failure::invalid("missing password"));
        }
        check::password(new)?;
        let stored = self.directory.password(&caller.user).await?;
        if !self.passwords.verify(old, stored.as_ref()).await? {
            tracing::warn!(user = %caller.user, "password not changed: the old one was wrong");
            return Err(Failure::Credentials);
        }
        let hash = self.passwords.hash(new).await?;
        let (user, keep, at) = (&caller.user, Some(&caller.token_id), self.clock.now());
        let changed = self.directory.set_password(user, &hash, keep, user, at).await?;
        tracing::info!(user = %caller.user, "password changed");
        Ok(changed)
    }
}

fn required(text: &str, refusal: &str) -> Result<(), Failure> {
    if text.is_empty() { Err(Failure::invalid(refusal)) } else { Ok(()) }
}

fn done<T>(outcome: Guarded<T>) -> Result<T, Failure> {
    match outcome {
        Guarded::Done(value) => Ok(value),
        Guarded::LastAdministrator => Err(Failure::invalid(LAST_ADMINISTRATOR)),
    }
}

/// A fresh id of some kind.
pub(crate) fn fresh_id<T: std::str::FromStr>(embedded: &Embedded) -> Result<T, Failure> {
    let id = embedded.random.uuid();
    id.parse().map_err(|_| Failure::Internal("a fresh UUID is no usable id".into()))
}
