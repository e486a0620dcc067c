//! The first start: a platform administrator, a domain, and a personal access token for it. And what keeps
//! them usable later.
//!
//! Secrets are made first and handed out, so that they can be written to a file and reach the disk before
//! the database commits: whoever is killed in between begins again with new secrets.

use crate::{Embedded, Failure, secrets, users::fresh_id};
use onramp_core::{
    model::{
        DomainFilter, DomainId, Founding, PageRequest, Pat, PatFilter, PatStatus, Scope, Secret, Status,
        Timestamp, User, UserChange, UserId,
    },
    port::store::Conflict,
};

/// Name of the first platform administrator.
pub const ADMIN: &str = "admin";
/// Name and route of the first domain.
pub const DEFAULT_DOMAIN: &str = "default";

const TOKEN_NAME: &str = "admin.json";
const TOKEN_SECONDS: i64 = 90 * 24 * 3600;
/// A token that ends earlier than this is renewed.
const RENEW_SECONDS: i64 = 30 * 24 * 3600;

/// Everything of the first start, not written yet.
pub struct FirstStart {
    /// Id of the first domain.
    pub domain: DomainId,
    /// Password of the administrator [`ADMIN`].
    pub password: Secret,
    /// Personal access token for the domain.
    pub token: Secret,
    founding: Founding,
}

impl Embedded {
    /// Is nobody there yet?
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_empty(&self) -> Result<bool, Failure> {
        Ok(!self.directory.has_users().await?)
    }

    /// Makes what the first start needs. Nothing is written: hand the result to
    /// [`commit_first_start`](Self::commit_first_start) once its secrets are on the disk.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub async fn prepare_first_start(&self) -> Result<FirstStart, Failure> {
        let now = self.clock.now();
        let (admin, password) = (self.first_admin(now)?, secrets::password(&*self.random));
        let (domain, roles) = self.first_domain(&admin.id, now)?;
        let (pat, scopes) = self.operator_token(&admin.id, &domain.id, now)?;
        let (token, hash) = (secrets::pat(&*self.random), self.passwords.hash(&password).await?);
        Ok(FirstStart {
            domain: domain.id.clone(),
            password,
            token: token.clone(),
            founding: Founding { admin, password: hash, domain, roles, pat, token, scopes },
        })
    }

    /// Writes the first start in one transaction.
    ///
    /// # Errors
    /// `Conflict` when there are users already, and nothing is changed; `Unavailable`.
    pub async fn commit_first_start(&self, first: FirstStart) -> Result<(), Failure> {
        let written = self.directory.found(&first.founding).await?;
        if written { Ok(()) } else { Err(Failure::Conflict(Conflict::Id)) }
    }

    /// Looks after the token in the operator's file: `None` while it is good for a long time, else a new one.
    /// The old one stays until it ends by itself, so it does no harm when the new one never reaches the file.
    ///
    /// # Errors
    /// `NotFound` when the user [`ADMIN`] is gone or disabled, or the domain is gone; `Unavailable`,
    /// `Internal`.
    pub async fn renew_operator_token(
        &self,
        current: &Secret,
        domain: &DomainId,
    ) -> Result<Option<Secret>, Failure> {
        let now = self.clock.now();
        // Would it be accepted then? A session's token never lives that long.
        if self.directory.bearer(current, now.plus_seconds(RENEW_SECONDS)).await?.is_some() {
            return Ok(None);
        }
        let user = self.directory.user_by_login(ADMIN).await?.map(|(user, _)| user);
        let user = user.filter(|user| user.status == Status::Enabled).ok_or(Failure::NotFound)?;
        self.forget_operator_tokens(&user.id, now, |pat| pat.status(now) != PatStatus::Active).await?;
        self.new_operator_token(&user.id, domain, now).await.map(Some)
    }

    /// A new password and a new token for the user [`ADMIN`]; its sessions and its earlier tokens of this kind
    /// end. Whoever was disabled or lost the role is a platform administrator again, and one that was removed
    /// is made anew: this is for the person who owns the database file.
    ///
    /// # Errors
    /// `Invalid` when there is no such domain; `Conflict` when somebody else has the administrator's e-mail
    /// address; `Unavailable`, `Internal`.
    pub async fn reset_admin(&self, domain: &DomainId) -> Result<(Secret, Secret), Failure> {
        if self.directory.domain(domain).await?.is_none() {
            return Err(Failure::invalid(format!("there is no domain {domain}")));
        }
        let (now, password) = (self.clock.now(), secrets::password(&*self.random));
        let hash = self.passwords.hash(&password).await?;
        let user = match self.directory.user_by_login(ADMIN).await? {
            None => {
                let user = self.first_admin(now)?;
                self.directory.add_user(&user, &hash).await?;
                user
            }
            Some((user, _)) => {
                let change =
                    UserChange { admin: Some(true), status: Some(Status::Enabled), ..UserChange::default() };
                self.directory.change_user(&user.id, &change, &user.id, now).await?;
                self.directory.set_password(&user.id, &hash, None, &user.id, now).await?
            }
        };
        self.forget_operator_tokens(&user.id, now, |_| true).await?;
        Ok((password, self.new_operator_token(&user.id, domain, now).await?))
    }

    /// The domain of an operator's new file: the one it had, or, when that is unknown or gone, the first one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn operators_domain(&self, wanted: Option<DomainId>) -> Result<Option<DomainId>, Failure> {
        match wanted {
            Some(id) if self.directory.domain(&id).await?.is_some() => Ok(Some(id)),
            _ => self.default_domain().await,
        }
    }

    /// The first domain, for an operator's file that was lost.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn default_domain(&self) -> Result<Option<DomainId>, Failure> {
        let filter = DomainFilter { route: Some(DEFAULT_DOMAIN.to_owned()), ..DomainFilter::default() };
        let page = self.directory.domains(None, &filter, PageRequest { offset: 0, limit: 1 }).await?;
        Ok(page.items.into_iter().next().map(|listed| listed.domain.id))
    }

    fn first_admin(&self, now: Timestamp) -> Result<User, Failure> {
        Ok(User {
            id: fresh_id(self)?,
            // As the reference names its own.
            first_name: "super".to_owned(),
            last_name: "admin".to_owned(),
            username: ADMIN.to_owned(),
            email: "admin@example.com".to_owned(),
            tags: Vec::new(),
            metadata: Some(r#"{"role":"admin"}"#.to_owned()),
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

    async fn new_operator_token(
        &self,
        user: &UserId,
        domain: &DomainId,
        now: Timestamp,
    ) -> Result<Secret, Failure> {
        self.directory.domain(domain).await?.ok_or(Failure::NotFound)?;
        let (pat, scopes) = self.operator_token(user, domain, now)?;
        let token = secrets::pat(&*self.random);
        self.directory.add_pat(&pat, &token, &scopes).await?;
        tracing::info!(%user, pat = %pat.id, "a new token for the operator's file");
        Ok(token)
    }

    /// Removes tokens of this kind, which would pile up in the user's list.
    async fn forget_operator_tokens(
        &self,
        user: &UserId,
        now: Timestamp,
        which: impl Fn(&Pat) -> bool,
    ) -> Result<(), Failure> {
        let filter = PatFilter { name: Some(TOKEN_NAME.to_owned()), ..PatFilter::default() };
        let page = PageRequest { offset: 0, limit: PageRequest::MAX_LIMIT };
        let pats = self.directory.pats(user, &filter, page, now).await?;
        for pat in pats.items.iter().filter(|pat| pat.name == TOKEN_NAME && which(pat)) {
            self.directory.remove_pats(user, Some(&pat.id)).await?;
        }
        Ok(())
    }
}
