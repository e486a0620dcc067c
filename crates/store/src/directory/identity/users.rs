//! Users and what their passwords hash to.

use super::{id, page, sessions, tags_from_text, tags_to_text};
use crate::{
    SqlStore,
    db::{Row, Tx, args, statements},
};
use async_trait::async_trait;
use onramp_core::{
    model::{
        Founding, Guarded, Page, PageRequest, Secret, Status, Timestamp, TokenId, User, UserChange,
        UserFilter, UserId,
    },
    port::{StoreError, directory::UserDirectory},
};

macro_rules! columns {
    () => {
        "id, username, email, first_name, last_name, tags, metadata, private_metadata, profile_picture, \
         admin, enabled, created_at, updated_at, updated_by"
    };
}

statements! {
    INSERT = concat!("INSERT INTO onramp_users (", columns!(), ", password)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    BY_ID = concat!("SELECT ", columns!(), " FROM onramp_users WHERE id = $1");
    BY_USERNAME = concat!("SELECT ", columns!(), ", password FROM onramp_users WHERE username = $1");
    BY_EMAIL = concat!("SELECT ", columns!(), ", password FROM onramp_users WHERE email = $1");
    ALL = concat!("SELECT ", columns!(), " FROM onramp_users");
    PASSWORD = "SELECT password FROM onramp_users WHERE id = $1";
    SET_PASSWORD = "UPDATE onramp_users SET password = $2, updated_at = $3, updated_by = $4 WHERE id = $1";
    UPDATE = "UPDATE onramp_users SET username = $2, email = $3, first_name = $4, last_name = $5, tags = $6,
        metadata = $7, private_metadata = $8, profile_picture = $9, admin = $10, enabled = $11,
        updated_at = $12, updated_by = $13 WHERE id = $1";
    DELETE = "DELETE FROM onramp_users WHERE id = $1";
    OTHER_ADMINS = "SELECT count(*) FROM onramp_users WHERE admin = 1 AND enabled = 1 AND id <> $1";
    ANYBODY = "SELECT 1 FROM onramp_users LIMIT 1";
}

const TABLE: &str = "onramp_users";
/// Where the password stands in a query that asks for it.
const AFTER_COLUMNS: usize = 14;

fn user(row: &Row<'_>) -> Result<User, StoreError> {
    Ok(User {
        id: id(row.text(0)?, TABLE)?,
        username: row.text(1)?,
        email: row.text(2)?,
        first_name: row.text(3)?,
        last_name: row.text(4)?,
        tags: tags_from_text(&row.text(5)?, TABLE)?,
        metadata: row.opt_text(6)?,
        private_metadata: row.opt_text(7)?,
        profile_picture: row.text(8)?,
        admin: row.flag(9)?,
        status: if row.flag(10)? { Status::Enabled } else { Status::Disabled },
        created_at: Timestamp(row.int(11)?),
        updated_at: row.opt_int(12)?.map(Timestamp),
        updated_by: row.opt_text(13)?.map(|text| id(text, TABLE)).transpose()?,
    })
}

fn enabled(user: &User) -> bool {
    user.status == Status::Enabled
}

pub(super) async fn insert(tx: &mut Tx<'_>, user: &User, password: &Secret) -> Result<(), StoreError> {
    let tags = tags_to_text(&user.tags);
    let values = args![
        user.id.as_str(),
        &user.username,
        &user.email,
        &user.first_name,
        &user.last_name,
        &tags,
        user.metadata.as_deref(),
        user.private_metadata.as_deref(),
        &user.profile_picture,
        user.admin,
        enabled(user),
        user.created_at.0,
        user.updated_at.map(|at| at.0),
        user.updated_by.as_ref().map(UserId::as_str),
        password.expose(),
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

async fn read(tx: &mut Tx<'_>, id: &UserId) -> Result<User, StoreError> {
    tx.row(&BY_ID, args![id.as_str()], user).await?.ok_or(StoreError::NotFound)
}

pub(super) async fn exists(tx: &mut Tx<'_>, id: &UserId) -> Result<bool, StoreError> {
    Ok(tx.row(&BY_ID, args![id.as_str()], |_| Ok(())).await?.is_some())
}

pub(super) async fn anybody(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.row(&ANYBODY, args![], |_| Ok(())).await?.is_some())
}

/// Would the platform be without an enabled administrator if this one were not?
async fn is_last_admin(tx: &mut Tx<'_>, user: &User) -> Result<bool, StoreError> {
    Ok(user.admin && enabled(user) && tx.number(&OTHER_ADMINS, args![user.id.as_str()]).await? == 0)
}

#[async_trait]
impl UserDirectory for SqlStore {
    async fn add_user(&self, user: &User, password: &Secret) -> Result<(), StoreError> {
        let (user, password) = (user.clone(), password.clone());
        self.db.write("add_user", move |tx| Box::pin(async move { insert(tx, &user, &password).await })).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let mut found = None;
        let each = |row: &Row<'_>| {
            found = Some(user(row)?);
            Ok(())
        };
        self.db.point("user", &BY_ID, args![id.as_str()], each).await?;
        Ok(found)
    }

    async fn user_by_login(&self, login: &str) -> Result<Option<(User, Secret)>, StoreError> {
        let mut found = None;
        // An e-mail address is no username, so at most one of the two finds somebody.
        for statement in [&BY_USERNAME, &BY_EMAIL] {
            let each = |row: &Row<'_>| {
                found = Some((user(row)?, Secret::new(row.text(AFTER_COLUMNS)?)));
                Ok(())
            };
            self.db.point("user_by_login", statement, args![login], each).await?;
        }
        Ok(found)
    }

    async fn password(&self, id: &UserId) -> Result<Option<Secret>, StoreError> {
        let mut found = None;
        let each = |row: &Row<'_>| {
            found = Some(Secret::new(row.text(0)?));
            Ok(())
        };
        self.db.point("password", &PASSWORD, args![id.as_str()], each).await?;
        Ok(found)
    }

    async fn set_password(
        &self,
        id: &UserId,
        password: &Secret,
        keep: Option<&TokenId>,
        by: &UserId,
        at: Timestamp,
    ) -> Result<User, StoreError> {
        let (id, password, keep, by) = (id.clone(), password.clone(), keep.cloned(), by.clone());
        self.db
            .write("set_password", move |tx| {
                Box::pin(async move {
                    let values = args![id.as_str(), password.expose(), at.0, by.as_str()];
                    tx.execute(&SET_PASSWORD, values).await?;
                    sessions::end_all(tx, &id, keep.as_ref()).await?;
                    read(tx, &id).await
                })
            })
            .await
    }

    async fn users(&self, filter: &UserFilter, request: PageRequest) -> Result<Page<User>, StoreError> {
        let filter = filter.clone();
        self.db
            .read("users", move |tx| {
                Box::pin(async move {
                    let matching = tx.rows(&ALL, args![], |row| {
                        user(row).map(|user| filter.accepts(&user).then_some(user))
                    });
                    let mut matching: Vec<User> = matching.await?.into_iter().flatten().collect();
                    filter.sort(&mut matching);
                    Ok(page(matching, request))
                })
            })
            .await
    }

    async fn change_user(
        &self,
        id: &UserId,
        change: &UserChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Guarded<User>, StoreError> {
        let (id, change, by) = (id.clone(), change.clone(), by.clone());
        self.db
            .write("change_user", move |tx| {
                Box::pin(async move {
                    let before = read(tx, &id).await?;
                    let mut after = before.clone();
                    change.apply(&mut after);
                    after.updated_at = Some(at);
                    after.updated_by = Some(by);
                    let steps_down = !(after.admin && enabled(&after));
                    if steps_down && is_last_admin(tx, &before).await? {
                        return Ok(Guarded::LastAdministrator);
                    }
                    update(tx, &after).await?;
                    if !enabled(&after) {
                        sessions::end_all(tx, &id, None).await?;
                    }
                    Ok(Guarded::Done(after))
                })
            })
            .await
    }

    async fn remove_user(&self, id: &UserId) -> Result<Guarded<()>, StoreError> {
        let id = id.clone();
        self.db
            .write("remove_user", move |tx| {
                Box::pin(async move {
                    let user = read(tx, &id).await?;
                    if is_last_admin(tx, &user).await? {
                        return Ok(Guarded::LastAdministrator);
                    }
                    tx.execute(&DELETE, args![id.as_str()]).await?;
                    Ok(Guarded::Done(()))
                })
            })
            .await
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        let mut found = false;
        let each = |_: &Row<'_>| {
            found = true;
            Ok(())
        };
        self.db.point("has_users", &ANYBODY, args![], each).await?;
        Ok(found)
    }

    async fn found(&self, founding: &Founding) -> Result<bool, StoreError> {
        let (founding, hash) = (founding.clone(), self.vault.token_hash(&founding.token));
        self.db
            .write("found", move |tx| {
                Box::pin(async move { super::founding::found(tx, &founding, &hash).await })
            })
            .await
    }
}

async fn update(tx: &mut Tx<'_>, user: &User) -> Result<(), StoreError> {
    let tags = tags_to_text(&user.tags);
    let values = args![
        user.id.as_str(),
        &user.username,
        &user.email,
        &user.first_name,
        &user.last_name,
        &tags,
        user.metadata.as_deref(),
        user.private_metadata.as_deref(),
        &user.profile_picture,
        user.admin,
        enabled(user),
        user.updated_at.map(|at| at.0),
        user.updated_by.as_ref().map(UserId::as_str),
    ];
    tx.execute(&UPDATE, values).await?;
    Ok(())
}
