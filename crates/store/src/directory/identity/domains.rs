//! Domains.

use super::{id, members, page, tags_from_text, tags_to_text};
use crate::{
    SqlStore,
    db::{Row, Tx, args, statements},
    directory::events::emit,
};
use async_trait::async_trait;
use onramp_core::{
    model::{
        Domain, DomainChange, DomainFilter, DomainId, DomainStatus, Guarded, ListedDomain, Member,
        Membership, Page, PageRequest, PlatformEvent, Role, RoleId, Timestamp, UserId,
    },
    port::{StoreError, directory::DomainDirectory},
};

macro_rules! columns {
    () => {
        "d.id, d.name, d.route, d.tags, d.metadata, d.status, d.created_by, d.created_at, d.updated_by, \
         d.updated_at"
    };
}

statements! {
    INSERT = "INSERT INTO onramp_domains
            (id, name, route, tags, metadata, status, created_by, created_at, updated_by, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    ONE = concat!("SELECT ", columns!(), " FROM onramp_domains d WHERE d.id = $1");
    ALL = concat!("SELECT ", columns!(), " FROM onramp_domains d");
    OF_MEMBER = concat!("SELECT ", columns!(), ", r.id, r.domain_id, r.level, r.created_by, r.created_at
        FROM onramp_role_members m
        JOIN onramp_domains d ON d.id = m.domain_id
        JOIN onramp_roles r ON r.id = m.role_id
        WHERE m.user_id = $1 AND m.level = (SELECT max(x.level) FROM onramp_role_members x
            WHERE x.user_id = m.user_id AND x.domain_id = m.domain_id)");
    CHANGE = "UPDATE onramp_domains SET name = $2, tags = $3, metadata = $4, updated_by = $5, updated_at = $6
        WHERE id = $1";
    SET_STATUS = "UPDATE onramp_domains SET status = $2, updated_by = $3, updated_at = $4 WHERE id = $1";
    MEMBERSHIP = "SELECT d.status, (SELECT max(m.level) FROM onramp_role_members m
            WHERE m.user_id = $1 AND m.domain_id = d.id)
        FROM onramp_domains d WHERE d.id = $2";
}

const TABLE: &str = "onramp_domains";
/// Where the role stands in a query that asks for it.
const AFTER_COLUMNS: usize = 10;

fn status_to_int(status: DomainStatus) -> i64 {
    match status {
        DomainStatus::Enabled => 0,
        DomainStatus::Disabled => 1,
        DomainStatus::Frozen => 2,
    }
}

fn status_from_int(number: i64) -> Result<DomainStatus, StoreError> {
    match number {
        0 => Ok(DomainStatus::Enabled),
        1 => Ok(DomainStatus::Disabled),
        2 => Ok(DomainStatus::Frozen),
        _ => Err(StoreError::Corrupt(format!("an unknown status in {TABLE}"))),
    }
}

fn domain(row: &Row<'_>) -> Result<Domain, StoreError> {
    Ok(Domain {
        id: id(row.text(0)?, TABLE)?,
        name: row.text(1)?,
        route: row.text(2)?,
        tags: tags_from_text(&row.text(3)?, TABLE)?,
        metadata: row.opt_text(4)?,
        status: status_from_int(row.int(5)?)?,
        created_by: id(row.text(6)?, TABLE)?,
        created_at: Timestamp(row.int(7)?),
        updated_by: row.opt_text(8)?.map(|text| id(text, TABLE)).transpose()?,
        updated_at: row.opt_int(9)?.map(Timestamp),
    })
}

pub(super) async fn insert(tx: &mut Tx<'_>, domain: &Domain, roles: &[Role]) -> Result<(), StoreError> {
    let tags = tags_to_text(&domain.tags);
    let values = args![
        domain.id.as_str(),
        &domain.name,
        &domain.route,
        &tags,
        domain.metadata.as_deref(),
        status_to_int(domain.status),
        domain.created_by.as_str(),
        domain.created_at.0,
        domain.updated_by.as_ref().map(UserId::as_str),
        domain.updated_at.map(|at| at.0),
    ];
    tx.execute(&INSERT, values).await?;
    members::seed(tx, roles, &domain.created_by).await
}

async fn read(tx: &mut Tx<'_>, id: &DomainId) -> Result<Domain, StoreError> {
    tx.row(&ONE, args![id.as_str()], domain).await?.ok_or(StoreError::NotFound)
}

#[async_trait]
impl DomainDirectory for SqlStore {
    async fn add_domain(&self, domain: &Domain, roles: &[Role]) -> Result<(), StoreError> {
        let (domain, roles) = (domain.clone(), roles.to_vec());
        self.db
            .write("add_domain", move |tx| Box::pin(async move { insert(tx, &domain, &roles).await }))
            .await
    }

    async fn domain(&self, id: &DomainId) -> Result<Option<Domain>, StoreError> {
        let mut found = None;
        let each = |row: &Row<'_>| {
            found = Some(domain(row)?);
            Ok(())
        };
        self.db.point("domain", &ONE, args![id.as_str()], each).await?;
        Ok(found)
    }

    async fn membership(&self, user: &UserId, domain: &DomainId) -> Result<Option<Membership>, StoreError> {
        let mut found = None;
        let each = |row: &Row<'_>| {
            let level = row.opt_int(1)?.map(members::level).transpose()?;
            found = Some(Membership { status: status_from_int(row.int(0)?)?, level });
            Ok(())
        };
        self.db.point("membership", &MEMBERSHIP, args![user.as_str(), domain.as_str()], each).await?;
        Ok(found)
    }

    async fn domains(
        &self,
        member: Option<&UserId>,
        filter: &DomainFilter,
        request: PageRequest,
    ) -> Result<Page<ListedDomain>, StoreError> {
        let (member, filter) = (member.cloned(), filter.clone());
        self.db
            .read("domains", move |tx| {
                Box::pin(async move {
                    let fits = |listed: ListedDomain| filter.accepts(&listed).then_some(listed);
                    let rows = match &member {
                        Some(user) => {
                            let map = |row: &Row<'_>| {
                                let role = Some(members::role(row, AFTER_COLUMNS)?);
                                Ok(fits(ListedDomain { domain: domain(row)?, role }))
                            };
                            tx.rows(&OF_MEMBER, args![user.as_str()], map).await?
                        }
                        None => {
                            let map =
                                |row: &Row<'_>| Ok(fits(ListedDomain { domain: domain(row)?, role: None }));
                            tx.rows(&ALL, args![], map).await?
                        }
                    };
                    let mut rows: Vec<ListedDomain> = rows.into_iter().flatten().collect();
                    filter.sort(&mut rows);
                    Ok(page(rows, request))
                })
            })
            .await
    }

    async fn change_domain(
        &self,
        id: &DomainId,
        change: &DomainChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Domain, StoreError> {
        let (id, change, by) = (id.clone(), change.clone(), by.clone());
        self.db
            .write("change_domain", move |tx| {
                Box::pin(async move {
                    let mut domain = read(tx, &id).await?;
                    domain.name = change.name.unwrap_or(domain.name);
                    domain.tags = change.tags.unwrap_or(domain.tags);
                    domain.metadata = change.metadata.or(domain.metadata);
                    let tags = tags_to_text(&domain.tags);
                    let metadata = domain.metadata.as_deref();
                    let values = args![id.as_str(), &domain.name, &tags, metadata, by.as_str(), at.0];
                    tx.execute(&CHANGE, values).await?;
                    Ok(Domain { updated_by: Some(by), updated_at: Some(at), ..domain })
                })
            })
            .await
    }

    async fn set_domain_status(
        &self,
        id: &DomainId,
        status: DomainStatus,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Domain, StoreError> {
        let (id, by) = (id.clone(), by.clone());
        self.db
            .write("set_domain_status", move |tx| {
                Box::pin(async move {
                    let values = args![id.as_str(), status_to_int(status), by.as_str(), at.0];
                    tx.execute(&SET_STATUS, values).await?;
                    let domain = read(tx, &id).await?;
                    emit(tx, &PlatformEvent::DomainChanged { domain: id }).await?;
                    Ok(domain)
                })
            })
            .await
    }

    async fn roles(&self, domain: &DomainId) -> Result<Vec<Role>, StoreError> {
        let domain = domain.clone();
        self.db.read("roles", move |tx| Box::pin(async move { members::roles(tx, &domain).await })).await
    }

    async fn role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        request: PageRequest,
    ) -> Result<Page<UserId>, StoreError> {
        let (domain, role) = (domain.clone(), role.clone());
        self.db
            .read("role_members", move |tx| {
                Box::pin(async move {
                    members::read_role(tx, &domain, &role).await?;
                    Ok(page(members::of_role(tx, &role).await?, request))
                })
            })
            .await
    }

    async fn add_role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        users: &[UserId],
    ) -> Result<(), StoreError> {
        let (domain, role, users) = (domain.clone(), role.clone(), users.to_vec());
        self.db
            .write("add_role_members", move |tx| {
                Box::pin(async move { members::add(tx, &domain, &role, &users).await })
            })
            .await
    }

    async fn remove_role_members(
        &self,
        domain: &DomainId,
        role: &RoleId,
        users: Option<&[UserId]>,
    ) -> Result<Guarded<()>, StoreError> {
        let (domain, role, users) = (domain.clone(), role.clone(), users.map(<[UserId]>::to_vec));
        self.db
            .write("remove_role_members", move |tx| {
                Box::pin(async move { members::remove(tx, &domain, &role, users.as_deref()).await })
            })
            .await
    }

    async fn members(&self, domain: &DomainId, request: PageRequest) -> Result<Page<Member>, StoreError> {
        let domain = domain.clone();
        self.db
            .read("members", move |tx| {
                Box::pin(async move { Ok(page(members::of_domain(tx, &domain).await?, request)) })
            })
            .await
    }

    async fn roles_of(&self, user: &UserId, domain: &DomainId) -> Result<Vec<Role>, StoreError> {
        let (user, domain) = (user.clone(), domain.clone());
        self.db
            .read("roles_of", move |tx| Box::pin(async move { members::roles_of(tx, &user, &domain).await }))
            .await
    }
}
