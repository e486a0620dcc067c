//! Domains, their three fixed roles, and their members.

mod actions;
mod check;
pub(crate) mod role_routes;
pub(crate) mod routes;
mod show;

use crate::{
    Action, Embedded, Entity, Failure, Level, authority::require_anywhere, fields,
    first_start::DEFAULT_DOMAIN, secrets, users::fresh_id,
};
use onramp_core::{
    model::{
        Caller, Domain, DomainChange, DomainFilter, DomainId, DomainStatus, Guarded, ListedDomain, Member,
        Page, PageRequest, Role, RoleId, Timestamp, UserId,
    },
    port::store::Conflict,
};
use serde_json::{Map, Value};

/// What changing the roles themselves comes to.
const FIXED_ROLES: &str = "roles of a domain are fixed: administrator, operator, viewer";
const LAST_ADMINISTRATOR: &str = "the last administrator of a domain cannot be removed from this role";
const MAX_MEMBERS: usize = 1000;

/// What somebody asks for who creates a domain.
pub struct NewDomain {
    /// A UUID of one's own choice.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Short name, unique.
    pub route: String,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// Whatever belongs to it.
    pub metadata: Option<Map<String, Value>>,
}

/// Something that is done to a domain.
fn action<'a>(domain: &'a DomainId, operation: &'static str, level: Level) -> Action<'a> {
    Action { entity: Entity::Domains, entity_id: Some(domain.as_str()), operation, level }
}

impl Embedded {
    /// May the caller do this to the domain?
    ///
    /// # Errors
    /// `Forbidden`, for strangers and unknown domains alike; `NotFound`, to platform administrators only.
    pub(crate) async fn require_domain(
        &self,
        caller: &Caller,
        domain: &DomainId,
        operation: &'static str,
        level: Level,
    ) -> Result<(), Failure> {
        Ok(self.require(caller, domain, action(domain, operation, level)).await?)
    }

    /// May the caller create domains? Every user may; a personal access token with a scope for all domains.
    ///
    /// # Errors
    /// `Forbidden`.
    pub(crate) fn may_create_domains(&self, caller: &Caller) -> Result<(), Failure> {
        Ok(require_anywhere(caller, Entity::Domains, None, "create_domains")?)
    }

    /// Creates a domain; the caller becomes its administrator.
    ///
    /// # Errors
    /// `Invalid`, `Forbidden`, `Conflict`, `Unavailable`.
    pub async fn create_domain(&self, caller: &Caller, new: NewDomain) -> Result<Domain, Failure> {
        self.may_create_domains(caller)?;
        check::name(&new.name)?;
        check::route(&new.route)?;
        let id = fields::chosen_id(new.id, &*self.random)?;
        let id = id.parse().map_err(|_| Failure::invalid("invalid id format provided"))?;
        let tags = fields::tags(new.tags)?;
        let metadata = fields::object("metadata", new.metadata)?;
        let (domain, roles) =
            self.compose_domain(id, new.name, new.route, &caller.user, self.clock.now(), tags, metadata)?;
        match self.directory.add_domain(&domain, &roles).await.map_err(Failure::from) {
            Ok(()) => {}
            Err(Failure::Conflict(Conflict::Id)) => return Err(Failure::invalid("domain already exists")),
            Err(failure) => return Err(failure),
        }
        tracing::info!(domain = %domain.id, by = %caller.user, "domain created");
        Ok(domain)
    }

    /// A domain as it begins, and its roles.
    #[allow(clippy::too_many_arguments, reason = "each is one column of the new row")]
    pub(crate) fn compose_domain(
        &self,
        id: DomainId,
        name: String,
        route: String,
        creator: &UserId,
        now: Timestamp,
        tags: Vec<String>,
        metadata: Option<String>,
    ) -> Result<(Domain, Vec<Role>), Failure> {
        let role = |level| {
            let role_id = format!("domain_{}", secrets::short_id(&*self.random));
            let role_id: RoleId =
                role_id.parse().map_err(|_| Failure::Internal("a fresh role id is no usable id".into()))?;
            let (domain, created_by) = (id.clone(), creator.clone());
            Ok(Role { id: role_id, domain, level, created_by, created_at: now })
        };
        let roles = Level::ALL.into_iter().map(role).collect::<Result<Vec<_>, Failure>>()?;
        let domain = Domain {
            id,
            name,
            route,
            tags,
            metadata,
            status: DomainStatus::Enabled,
            created_by: creator.clone(),
            created_at: now,
            updated_by: None,
            updated_at: None,
        };
        Ok((domain, roles))
    }

    /// Reads a domain, after the right was checked.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub(crate) async fn read_domain(&self, id: &DomainId) -> Result<Domain, Failure> {
        self.directory.domain(id).await?.ok_or(Failure::NotFound)
    }

    /// Lists the domains that the caller is a member of, or all of them to platform administrators; a
    /// personal access token sees those that its scopes name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_domains(
        &self,
        caller: &Caller,
        mut filter: DomainFilter,
        page: PageRequest,
    ) -> Result<Page<ListedDomain>, Failure> {
        filter.among = listable(caller);
        let member = (!caller.platform_admin).then_some(&caller.user);
        Ok(self.directory.domains(member, &filter, page).await?)
    }

    /// Changes a domain, after the right was checked.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Unavailable`.
    pub(crate) async fn change_domain(
        &self,
        caller: &Caller,
        id: &DomainId,
        change: &DomainChange,
    ) -> Result<Domain, Failure> {
        if let Some(name) = &change.name {
            check::name(name)?;
        }
        Ok(self.directory.change_domain(id, change, &caller.user, self.clock.now()).await?)
    }

    /// Enables, disables or freezes a domain. What its configs make of it is still to be applied.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Unavailable`.
    pub async fn set_domain_status(
        &self,
        caller: &Caller,
        id: &DomainId,
        status: DomainStatus,
    ) -> Result<(), Failure> {
        let operation = match status {
            DomainStatus::Enabled => "enable",
            DomainStatus::Disabled => "disable",
            DomainStatus::Frozen => "freeze",
        };
        self.require_domain(caller, id, operation, Level::Administer).await?;
        if status == DomainStatus::Frozen && !caller.platform_admin {
            return Err(Failure::Forbidden);
        }
        self.directory.set_domain_status(id, status, &caller.user, self.clock.now()).await?;
        tracing::info!(domain = %id, status = status.as_str(), by = %caller.user, "domain's status changed");
        Ok(())
    }

    /// The roles of a domain, the mightiest first.
    ///
    /// # Errors
    /// As [`require_domain`](Self::require_domain).
    pub async fn list_roles(&self, caller: &Caller, domain: &DomainId) -> Result<Vec<Role>, Failure> {
        self.require_domain(caller, domain, "view_role_users", Level::View).await?;
        Ok(self.directory.roles(domain).await?)
    }

    /// One role of a domain.
    ///
    /// # Errors
    /// `NotFound`; as [`require_domain`](Self::require_domain).
    pub async fn view_role(&self, caller: &Caller, domain: &DomainId, role: &str) -> Result<Role, Failure> {
        let roles = self.list_roles(caller, domain).await?;
        roles.into_iter().find(|known| known.id.as_str() == role).ok_or(Failure::NotFound)
    }

    /// Who has a role.
    ///
    /// # Errors
    /// `NotFound`; as [`require_domain`](Self::require_domain).
    pub async fn list_role_members(
        &self,
        caller: &Caller,
        domain: &DomainId,
        role: &str,
        page: PageRequest,
    ) -> Result<Page<UserId>, Failure> {
        let role = self.view_role(caller, domain, role).await?;
        Ok(self.directory.role_members(domain, &role.id, page).await?)
    }

    /// Gives users a role, after the right was checked.
    ///
    /// # Errors
    /// `Invalid`, `NotFound` for an unknown role or user, `Unavailable`.
    pub(crate) async fn add_role_members(
        &self,
        caller: &Caller,
        domain: &DomainId,
        role: &RoleId,
        users: &[String],
    ) -> Result<Vec<UserId>, Failure> {
        let users = user_ids(users)?;
        self.directory.add_role_members(domain, role, &users).await?;
        tracing::info!(%domain, %role, added = users.len(), by = %caller.user, "members added");
        Ok(users)
    }

    /// Takes a role from users, or from everybody, after the right was checked.
    ///
    /// # Errors
    /// `Invalid`, also when a domain would be left without administrator; `NotFound`, `Unavailable`.
    pub(crate) async fn remove_role_members(
        &self,
        caller: &Caller,
        domain: &DomainId,
        role: &RoleId,
        users: Option<&[String]>,
    ) -> Result<(), Failure> {
        let users = users.map(user_ids).transpose()?;
        match self.directory.remove_role_members(domain, role, users.as_deref()).await? {
            Guarded::LastAdministrator => Err(Failure::invalid(LAST_ADMINISTRATOR)),
            Guarded::Done(()) => {
                tracing::info!(%domain, %role, by = %caller.user, "members removed");
                Ok(())
            }
        }
    }

    /// The members of a domain with their roles.
    ///
    /// # Errors
    /// As [`require_domain`](Self::require_domain).
    pub async fn list_members(
        &self,
        caller: &Caller,
        domain: &DomainId,
        page: PageRequest,
    ) -> Result<Page<Member>, Failure> {
        self.require_domain(caller, domain, "view_role_users", Level::View).await?;
        Ok(self.directory.members(domain, page).await?)
    }

    /// A first domain is made without a caller.
    pub(crate) fn first_domain(
        &self,
        creator: &UserId,
        now: Timestamp,
    ) -> Result<(Domain, Vec<Role>), Failure> {
        let (name, route) = (DEFAULT_DOMAIN.to_owned(), DEFAULT_DOMAIN.to_owned());
        self.compose_domain(fresh_id(self)?, name, route, creator, now, Vec::new(), None)
    }
}

/// Which domains a personal access token may list; `None` for no limit.
fn listable(caller: &Caller) -> Option<Vec<String>> {
    let scopes = caller.scopes.as_ref()?;
    let lists = scopes.iter().filter(|scope| {
        let fits = |part: &str, wanted: &str| part == "*" || part == wanted;
        fits(&scope.entity_type, "domains") && fits(&scope.operation, "list") && scope.entity_id == "*"
    });
    let domains: Vec<String> = lists.map(|scope| scope.domain_id.clone()).collect();
    if domains.iter().any(|domain| domain == "*") { None } else { Some(domains) }
}

fn user_ids(users: &[String]) -> Result<Vec<UserId>, Failure> {
    match users.len() {
        0 => Err(Failure::invalid("missing member ids")),
        count if count > MAX_MEMBERS => Err(Failure::invalid("members: at most 1000 are accepted")),
        _ => users.iter().map(|user| user.parse().map_err(|_| Failure::NotFound)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_core::model::{Scope, Secret};

    #[test]
    fn a_personal_access_token_lists_the_domains_that_it_names() {
        let caller = |scopes: Option<&[(&str, &str, &str)]>| {
            let scope = |(domain, entity, operation): &(&str, &str, &str)| Scope {
                id: String::new(),
                domain_id: (*domain).into(),
                entity_type: (*entity).into(),
                entity_id: "*".into(),
                operation: (*operation).into(),
            };
            listable(&Caller {
                user: "u".parse().unwrap(),
                platform_admin: true,
                token_id: "t".parse().unwrap(),
                scopes: scopes.map(|scopes| scopes.iter().map(scope).collect()),
                token: Secret::default(),
            })
        };
        assert_eq!(caller(None), None);
        assert_eq!(caller(Some(&[])), Some(vec![]));
        let some = caller(Some(&[("d", "*", "*"), ("e", "clients", "*"), ("f", "domains", "read")]));
        assert_eq!(some, Some(vec!["d".to_owned()]));
        assert_eq!(caller(Some(&[("*", "domains", "list")])), None);
    }
}
