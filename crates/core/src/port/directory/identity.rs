//! Users, tokens, domains, roles and members. Each method is one whole unit of work.

use crate::model::{
    Bearer, Domain, DomainChange, DomainFilter, DomainId, DomainStatus, Founding, Guarded, ListedDomain,
    Member, Membership, Page, PageRequest, Pat, PatChange, PatFilter, Role, RoleId, Rotation, Scope, Secret,
    Session, Timestamp, TokenId, TokenPair, User, UserChange, UserFilter, UserId,
};
use crate::port::StoreError;
use async_trait::async_trait;

/// Users and what their passwords hash to.
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// Adds a user. The indexes decide about conflicts.
    async fn add_user(&self, user: &User, password: &Secret) -> Result<(), StoreError>;

    /// Reads a user.
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError>;

    /// Finds the user with this username or e-mail address, with what its password hashes to.
    async fn user_by_login(&self, login: &str) -> Result<Option<(User, Secret)>, StoreError>;

    /// What a user's password hashes to.
    async fn password(&self, id: &UserId) -> Result<Option<Secret>, StoreError>;

    /// Replaces the password hash and ends the user's sessions, except the one that asked.
    async fn set_password(
        &self,
        id: &UserId,
        password: &Secret,
        keep: Option<&TokenId>,
        by: &UserId,
        at: Timestamp,
    ) -> Result<User, StoreError>;

    /// Lists users; total and page are one snapshot.
    async fn users(&self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Changes a user. Disabling ends its sessions.
    async fn change_user(
        &self,
        id: &UserId,
        change: &UserChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Guarded<User>, StoreError>;

    /// Removes a user with its sessions, tokens and memberships.
    async fn remove_user(&self, id: &UserId) -> Result<Guarded<()>, StoreError>;

    /// Is anybody there at all?
    async fn has_users(&self) -> Result<bool, StoreError>;

    /// Writes everything of the first start at once; `false`, and nothing changed, when users exist already.
    async fn found(&self, founding: &Founding) -> Result<bool, StoreError>;
}

/// Sessions and personal access tokens. Secrets come in; only keyed hashes of them are kept.
#[async_trait]
pub trait TokenDirectory: Send + Sync {
    /// Who stands behind an access token or a personal access token, if it is accepted at this moment.
    async fn bearer(&self, token: &Secret, now: Timestamp) -> Result<Option<Bearer>, StoreError>;

    /// Begins a session, unless the user is gone or disabled by now, or has another password than the one that
    /// hashes to this: checking a password takes its time. `false` when there is no session.
    async fn begin_session(
        &self,
        session: &Session,
        user: &UserId,
        password: &Secret,
        pair: &TokenPair,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Exchanges a refresh token for a new pair. A refresh token that was exchanged before ends its session.
    async fn rotate(
        &self,
        refresh: &Secret,
        pair: &TokenPair,
        now: Timestamp,
    ) -> Result<Rotation, StoreError>;

    /// The user's sessions, oldest first.
    async fn sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Ends one of the user's sessions with all its tokens. `false` when there is none.
    async fn end_session(&self, user: &UserId, session: &TokenId) -> Result<bool, StoreError>;

    /// Forgets sessions and tokens that ended before this moment; how many sessions and tokens.
    async fn forget_expired(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Adds a personal access token with its scopes.
    async fn add_pat(&self, pat: &Pat, secret: &Secret, scopes: &[Scope]) -> Result<(), StoreError>;

    /// Reads one of the user's personal access tokens.
    async fn pat(&self, user: &UserId, id: &TokenId) -> Result<Option<Pat>, StoreError>;

    /// Lists the user's personal access tokens, oldest first.
    async fn pats(
        &self,
        user: &UserId,
        filter: &PatFilter,
        page: PageRequest,
        now: Timestamp,
    ) -> Result<Page<Pat>, StoreError>;

    /// Renames or describes a personal access token.
    async fn change_pat(
        &self,
        user: &UserId,
        id: &TokenId,
        change: &PatChange,
        at: Timestamp,
    ) -> Result<Pat, StoreError>;

    /// Gives a personal access token a new secret and a new end; a revoked one lives again.
    async fn reset_pat(
        &self,
        user: &UserId,
        id: &TokenId,
        secret: &Secret,
        expires_at: Timestamp,
        at: Timestamp,
    ) -> Result<Pat, StoreError>;

    /// Makes a personal access token's secret worthless and keeps the rest.
    async fn revoke_pat(&self, user: &UserId, id: &TokenId, at: Timestamp) -> Result<(), StoreError>;

    /// Removes one of the user's personal access tokens; without an id, all of them.
    async fn remove_pats(&self, user: &UserId, id: Option<&TokenId>) -> Result<(), StoreError>;

    /// Writes down that a personal access token was used.
    async fn touch_pat(&self, id: &TokenId, at: Timestamp) -> Result<(), StoreError>;

    /// The scopes of one of the user's personal access tokens, in a stable order.
    async fn pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        page: PageRequest,
    ) -> Result<Page<Scope>, StoreError>;

    /// Adds scopes to one of the user's personal access tokens; all or none.
    async fn add_pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        scopes: &[Scope],
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes scopes by their ids from one of the user's personal access tokens; without ids, all of them.
    async fn remove_pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        scopes: Option<&[String]>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}

/// Domains, roles and members.
#[async_trait]
pub trait DomainDirectory: Send + Sync {
    /// Adds a domain with its roles; its creator becomes administrator.
    async fn add_domain(&self, domain: &Domain, roles: &[Role]) -> Result<(), StoreError>;

    /// Reads a domain.
    async fn domain(&self, id: &DomainId) -> Result<Option<Domain>, StoreError>;

    /// How a user stands to a domain; `None` when there is no such domain.
    async fn membership(&self, user: &UserId, domain: &DomainId) -> Result<Option<Membership>, StoreError>;

    /// Lists domains: those of a member with its role there, or all of them.
    async fn domains(
        &self,
        member: Option<&UserId>,
        filter: &DomainFilter,
        page: PageRequest,
    ) -> Result<Page<ListedDomain>, StoreError>;

    /// Changes a domain.
    async fn change_domain(
        &self,
        id: &DomainId,
        change: &DomainChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Domain, StoreError>;

    /// Enables, disables or freezes a domain, and writes the event that its configs are to hear.
    async fn set_domain_status(
        &self,
        id: &DomainId,
        status: DomainStatus,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Domain, StoreError>;

    /// The domain's roles, the mightiest first.
    async fn roles(&self, domain: &DomainId) -> Result<Vec<Role>, StoreError>;

    /// The users that have a role, in the order of their ids. `NotFound` when the domain has no such role.
    async fn role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        page: PageRequest,
    ) -> Result<Page<UserId>, StoreError>;

    /// Gives users a role; those who have it keep it. `NotFound` when the domain has no such role, or there
    /// is no such user.
    async fn add_role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        users: &[UserId],
    ) -> Result<(), StoreError>;

    /// Takes a role from users; without a list, from everybody. Who doesn't have it counts as done.
    async fn remove_role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        users: Option<&[UserId]>,
    ) -> Result<Guarded<()>, StoreError>;

    /// The members of the domain with their roles, in the order of their ids.
    async fn members(&self, domain: &DomainId, page: PageRequest) -> Result<Page<Member>, StoreError>;

    /// The roles of one user in a domain, the mightiest first.
    async fn roles_of(&self, user: &UserId, domain: &DomainId) -> Result<Vec<Role>, StoreError>;
}
