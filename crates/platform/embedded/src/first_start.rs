//! The first start: a platform administrator, a domain, and a personal access token for it. And what keeps
//! them usable later.
//!
//! Secrets are made first and handed out, so that they can be written to a file and reach the disk before
//! the database commits: whoever is killed in between begins again with new secrets.

use crate::{Embedded, Failure, secrets, users::fresh_id};
use onramp_core::model::{
    DomainFilter, DomainId, Founding, Guarded, PageRequest, Pat, PatFilter, Scope, Secret, Status, Timestamp,
    User, UserChange, UserId,
};

/// Name of the first platform administrator.
pub const ADMIN_USERNAME: &str = "admin";
/// Route of the first domain.
pub const DEFAULT_ROUTE: &str = "default";

const ADMIN_EMAIL: &str = "admin@example.com";
const TOKEN_NAME: &str = "admin.json";
const TOKEN_SECONDS: i64 = 90 * 24 * 3600;
/// A token that ends earlier than this is renewed.
const RENEW_SECONDS: i64 = 30 * 24 * 3600;

/// Everything of the first start, not written yet.
pub struct FirstStart {
    /// Password of the administrator [`ADMIN_USERNAME`].
    pub password: Secret,
    /// Personal access token for the first domain.
    pub token: Secret,
    /// When the token ends.
    pub token_expires: Timestamp,
    /// The first domain.
    pub domain: DomainId,
    founding: Founding,
}

/// A token in the place of one that ends soon or is not accepted any more.
pub struct RenewedToken {
    /// The token.
    pub token: Secret,
    /// When it ends.
    pub expires: Timestamp,
    /// The domain that it is for.
    pub domain: DomainId,
}

impl Embedded {
    /// Makes what the first start needs; `None` when there are users already. Nothing is written: hand the
    /// result to [`commit_first_start`](Self::commit_first_start) once its secrets are on the disk.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn prepare_first_start(&self) -> Result<Option<FirstStart>, Failure> {
        if self.directory.has_users().await? {
            return Ok(None);
        }
        let now = self.clock.now();
        let (admin, password) = (self.first_admin(now)?, secrets::password(&*self.random));
        let (domain, roles) = self.first_domain(&admin.id, now)?;
        let (pat, scopes) = self.operator_token(&admin.id, &domain.id, now)?;
        let token = secrets::pat(&*self.random);
        Ok(Some(FirstStart {
            password: password.clone(),
            token: token.clone(),
            token_expires: pat.expires_at,
            domain: domain.id.clone(),
            founding: Founding {
                password: self.passwords.hash(&password).await?,
                admin,
                domain,
                roles,
                pat,
                token,
                scopes,
            },
        }))
    }

    /// Writes the first start in one transaction. `false`, and nothing changed, when somebody was faster.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn commit_first_start(&self, start: &FirstStart) -> Result<bool, Failure> {
        Ok(self.directory.found(&start.founding).await?)
    }

    /// Looks after the token in the operator's file: `None` while it is good for a long time, else a new one
    /// for the same user and domain. The old one stays until it ends by itself, so it does no harm when the
    /// new one never reaches the file. A user or domain that is gone or disabled gets none.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn renew_operator_token(
        &self,
        username: &str,
        domain: &DomainId,
        current: &Secret,
    ) -> Result<Option<RenewedToken>, Failure> {
        let now = self.clock.now();
        if let Some(bearer) = self.directory.bearer(current, now).await? {
            let pat = self.directory.pat(&bearer.user, &bearer.token).await?;
            if pat.is_some_and(|pat| pat.expires_at > now.plus_seconds(RENEW_SECONDS)) {
                return Ok(None);
            }
        }
        let user = self.directory.user_by_login(username).await?.map(|(user, _)| user);
        let Some(user) = user.filter(|user| user.status == Status::Enabled) else {
            tracing::warn!("the operator's token was not renewed: its user is gone or disabled");
            return Ok(None);
        };
        if self.directory.domain(domain).await?.is_none() {
            tracing::warn!(%domain, "the operator's token was not renewed: its domain is gone");
            return Ok(None);
        }
        self.forget_ended_operator_tokens(&user.id, now).await?;
        let (pat, scopes) = self.operator_token(&user.id, domain, now)?;
        let token = secrets::pat(&*self.random);
        self.directory.add_pat(&pat, &token, &scopes).await?;
        tracing::info!(user = %user.id, pat = %pat.id, "the operator's token was renewed");
        Ok(Some(RenewedToken { token, expires: pat.expires_at, domain: domain.clone() }))
    }

    /// Gives the administrator [`ADMIN_USERNAME`] a new password and ends its sessions; whoever was disabled
    /// or lost the role is a platform administrator again, and one that was removed is made anew. For the
    /// person who owns the database file.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`; `Conflict` when somebody else has the administrator's e-mail address.
    pub async fn reset_admin_password(&self) -> Result<Secret, Failure> {
        let (now, password) = (self.clock.now(), secrets::password(&*self.random));
        let hash = self.passwords.hash(&password).await?;
        let Some((user, _)) = self.directory.user_by_login(ADMIN_USERNAME).await? else {
            self.directory.add_user(&self.first_admin(now)?, &hash).await?;
            return Ok(password);
        };
        let change = UserChange { admin: Some(true), status: Some(Status::Enabled), ..UserChange::default() };
        let changed = self.directory.change_user(&user.id, &change, &user.id, now).await?;
        debug_assert!(matches!(changed, Guarded::Done(_)), "nobody steps down here");
        self.directory.set_password(&user.id, &hash, None, &user.id, now).await?;
        Ok(password)
    }

    /// The first domain, for an operator's file that was lost.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn default_domain(&self) -> Result<Option<DomainId>, Failure> {
        let filter = DomainFilter { route: Some(DEFAULT_ROUTE.to_owned()), ..DomainFilter::default() };
        let page = self.directory.domains(None, &filter, PageRequest { offset: 0, limit: 1 }).await?;
        Ok(page.items.into_iter().next().map(|listed| listed.domain.id))
    }

    fn first_admin(&self, now: Timestamp) -> Result<User, Failure> {
        Ok(User {
            id: fresh_id(self)?,
            first_name: "Platform".to_owned(),
            last_name: "Administrator".to_owned(),
            username: ADMIN_USERNAME.to_owned(),
            email: ADMIN_EMAIL.to_owned(),
            tags: Vec::new(),
            metadata: None,
            private_metadata: None,
            profile_picture: String::new(),
            admin: true,
            status: Status::Enabled,
            created_at: now,
            updated_at: None,
            updated_by: None,
        })
    }

    fn operator_token(
        &self,
        user: &UserId,
        domain: &DomainId,
        now: Timestamp,
    ) -> Result<(Pat, Vec<Scope>), Failure> {
        let any = || "*".to_owned();
        let scope = Scope {
            id: self.random.uuid(),
            domain_id: domain.to_string(),
            entity_type: any(),
            entity_id: any(),
            operation: any(),
        };
        let pat = Pat {
            id: fresh_id(self)?,
            user: user.clone(),
            name: TOKEN_NAME.to_owned(),
            description: "Made by the server for the file admin.json in its data folder.".to_owned(),
            issued_at: now,
            expires_at: now.plus_seconds(TOKEN_SECONDS),
            updated_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        Ok((pat, vec![scope]))
    }

    /// Tokens of this kind that have ended would pile up in the user's list.
    async fn forget_ended_operator_tokens(&self, user: &UserId, now: Timestamp) -> Result<(), Failure> {
        let filter = PatFilter { name: Some(TOKEN_NAME.to_owned()), ..PatFilter::default() };
        let page = PageRequest { offset: 0, limit: PageRequest::MAX_LIMIT };
        let pats = self.directory.pats(user, &filter, page, now).await?;
        for pat in pats.items {
            let ended = pat.revoked_at.is_some() || pat.expires_at <= now;
            if ended && pat.name == TOKEN_NAME {
                self.directory.remove_pats(user, Some(&pat.id)).await?;
            }
        }
        Ok(())
    }
}
