//! The first start, and what later starts do for the operator's way in.
//!
//! The secrets are made first and handed to the binary, which writes them to disk; only then are they
//! committed. So whatever a crash leaves, nobody is locked out: the next start begins anew or goes on.

use crate::{Embedded, Failure};
use onramp_core::model::{
    Domain, DomainId, DomainStatus, Founding, Level, Page, PageRequest, Pat, PatFilter, PatStatus, Role,
    RoleId, Scope, Secret, Status, Timestamp, TokenId, User, UserId,
};

/// Name of the first administrator.
pub const ADMIN: &str = "admin";
/// Name and route of the first domain.
pub const DEFAULT_DOMAIN: &str = "default";
/// Name of the personal access token that `admin.json` holds.
const TOKEN_NAME: &str = "admin.json";
const TOKEN_SECONDS: i64 = 90 * 24 * 3600;
/// A token that ends sooner than this is renewed.
const RENEW_SECONDS: i64 = 30 * 24 * 3600;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A first start that is not committed yet: what the operator needs to know of it.
pub struct FirstStart {
    /// Id of the domain `default`.
    pub domain: DomainId,
    /// The administrator's password.
    pub password: Secret,
    /// A personal access token for the domain.
    pub token: Secret,
    founding: Founding,
}

impl Embedded {
    /// Is nobody there yet?
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn is_empty(&self) -> Result<bool, Failure> {
        Ok(!self.directory.has_users().await?)
    }

    /// Makes the secrets of a first start; nothing is stored.
    ///
    /// # Errors
    /// `Internal`.
    pub async fn prepare_first_start(&self) -> Result<FirstStart, Failure> {
        let now = self.clock.now();
        let password = Secret::new(self.random_text(20));
        let hash = self.passwords.hash(&password).await?;
        let token = self.operator_secret();
        let admin = first_admin(self.fresh(UserId::parse)?, now);
        let domain = first_domain(self.fresh(DomainId::parse)?, &admin.id, now);
        let roles = Level::ALL
            .iter()
            .map(|level| {
                Ok(Role {
                    id: self.fresh_role()?,
                    domain: domain.id.clone(),
                    level: *level,
                    created_by: admin.id.clone(),
                    created_at: now,
                })
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let pat = operator_pat(self.fresh(TokenId::parse)?, admin.id.clone(), now);
        let scopes = vec![self.everything_in(&domain.id)];
        Ok(FirstStart {
            domain: domain.id.clone(),
            password,
            token: token.clone(),
            founding: Founding { admin, password: hash, domain, roles, pat, token, scopes },
        })
    }

    /// Commits a first start, unless somebody is there already.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn commit_first_start(&self, first: FirstStart) -> Result<(), Failure> {
        self.directory.found(&first.founding).await?;
        Ok(())
    }

    /// A new token for `admin.json` when the old one is about to end, or is not accepted any more; `None` when
    /// it is still good.
    ///
    /// # Errors
    /// `NotFound` when the user `admin` is gone; `Unavailable`, `Internal`.
    pub async fn renew_operator_token(
        &self,
        old: &Secret,
        domain: &DomainId,
    ) -> Result<Option<Secret>, Failure> {
        let now = self.clock.now();
        if let Some(bearer) = self.directory.bearer(old, now.plus_seconds(RENEW_SECONDS)).await? {
            tracing::debug!(token = %bearer.token, "the operator's token is still good");
            return Ok(None);
        }
        self.new_operator_token(domain).await.map(Some)
    }

    /// A new token for `admin.json`; one of an earlier start ends with it.
    async fn new_operator_token(&self, domain: &DomainId) -> Result<Secret, Failure> {
        let now = self.clock.now();
        let (admin, _) = self.directory.user_by_login(ADMIN).await?.ok_or(Failure::NotFound)?;
        let filter = PatFilter { name: Some(TOKEN_NAME.into()), ..PatFilter::default() };
        let page = PageRequest { offset: 0, limit: PageRequest::MAX_LIMIT };
        let Page { items: earlier, .. } = self.directory.pats(&admin.id, &filter, page, now).await?;
        let token = self.operator_secret();
        let pat = operator_pat(self.fresh(TokenId::parse)?, admin.id.clone(), now);
        self.directory.add_pat(&pat, &token, &[self.everything_in(domain)]).await?;
        for old in earlier.iter().filter(|pat| pat.name == TOKEN_NAME && pat.status(now) == PatStatus::Active)
        {
            self.directory.remove_pats(&admin.id, Some(&old.id)).await?;
        }
        Ok(token)
    }

    /// A new password for the user `admin`, and a new token: `onramp admin reset`, while the server is stopped.
    ///
    /// # Errors
    /// `NotFound` when the user `admin` is gone; `Unavailable`, `Internal`.
    pub async fn reset_admin(&self, domain: &DomainId) -> Result<(Secret, Secret), Failure> {
        let (admin, _) = self.directory.user_by_login(ADMIN).await?.ok_or(Failure::NotFound)?;
        let password = Secret::new(self.random_text(20));
        let hash = self.passwords.hash(&password).await?;
        self.directory.set_password(&admin.id, &hash, None, &admin.id, self.clock.now()).await?;
        let token = self.new_operator_token(domain).await?;
        Ok((password, token))
    }

    fn operator_secret(&self) -> Secret {
        Secret::new(format!("pat_{}", self.random_text(43)))
    }

    /// Letters and digits, all equally likely.
    fn random_text(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let mut byte = [0];
        while text.len() < length {
            self.random.fill(&mut byte);
            // 248 is the largest multiple of 62 that fits: what lies above would favour some characters.
            if byte[0] < 248 {
                text.push(char::from(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]));
            }
        }
        text
    }

    fn everything_in(&self, domain: &DomainId) -> Scope {
        let any = || "*".to_owned();
        Scope {
            id: self.random.uuid(),
            domain_id: domain.as_str().to_owned(),
            entity_type: any(),
            entity_id: any(),
            operation: any(),
        }
    }

    fn fresh<T, E: std::fmt::Display>(&self, parse: impl Fn(String) -> Result<T, E>) -> Result<T, Failure> {
        parse(self.random.uuid()).map_err(|error| Failure::Internal(error.to_string()))
    }

    fn fresh_role(&self) -> Result<RoleId, Failure> {
        RoleId::parse(format!("domain_{}", self.random_text(24)))
            .map_err(|error| Failure::Internal(error.to_string()))
    }
}

fn first_admin(id: UserId, now: Timestamp) -> User {
    User {
        id,
        first_name: "super".into(),
        last_name: "admin".into(),
        username: ADMIN.into(),
        email: "admin@example.com".into(),
        tags: Vec::new(),
        metadata: Some(r#"{"role":"admin"}"#.into()),
        private_metadata: None,
        profile_picture: String::new(),
        admin: true,
        status: Status::Enabled,
        created_at: now,
        updated_at: None,
        updated_by: None,
    }
}

fn first_domain(id: DomainId, admin: &UserId, now: Timestamp) -> Domain {
    Domain {
        id,
        name: DEFAULT_DOMAIN.into(),
        route: DEFAULT_DOMAIN.into(),
        tags: Vec::new(),
        metadata: None,
        status: DomainStatus::Enabled,
        created_by: admin.clone(),
        created_at: now,
        updated_by: None,
        updated_at: None,
    }
}

fn operator_pat(id: TokenId, user: UserId, now: Timestamp) -> Pat {
    Pat {
        id,
        user,
        name: TOKEN_NAME.into(),
        description: "the operator's token of this installation, renewed at start".into(),
        issued_at: now,
        expires_at: now.plus_seconds(TOKEN_SECONDS),
        updated_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}
