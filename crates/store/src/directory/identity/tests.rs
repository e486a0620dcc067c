//! Over a real database.

use crate::SqlStore;
use onramp_core::{
    model::*,
    port::{
        StoreError,
        directory::{DomainDirectory, PlatformEvents, TokenDirectory, UserDirectory},
        store::{Conflict, EventNumber},
    },
};

const NOW: Timestamp = Timestamp(1_000_000_000);
const FIRST: PageRequest = PageRequest { offset: 0, limit: 10 };

struct Fixture {
    store: SqlStore,
    _folder: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let (store, folder) = crate::testing::open().await;
    Fixture { store, _folder: folder }
}

fn uid(text: &str) -> UserId {
    text.parse().unwrap()
}

fn did(text: &str) -> DomainId {
    text.parse().unwrap()
}

fn user(name: &str, admin: bool) -> User {
    User {
        id: uid(name),
        first_name: format!("First {name}"),
        last_name: "Last".into(),
        username: name.into(),
        email: format!("{name}@example.com"),
        tags: vec!["a".into(), name.into()],
        metadata: Some(r#"{"x":1}"#.into()),
        private_metadata: None,
        profile_picture: String::new(),
        admin,
        status: Status::Enabled,
        created_at: NOW,
        updated_at: None,
        updated_by: None,
    }
}

fn domain(id: &str, owner: &str) -> (Domain, Vec<Role>) {
    let domain = Domain {
        id: did(id),
        name: format!("Domain {id}"),
        route: format!("route-{id}"),
        tags: vec!["t".into()],
        metadata: None,
        status: DomainStatus::Enabled,
        created_by: uid(owner),
        created_at: NOW,
        updated_by: None,
        updated_at: None,
    };
    let role = |level: Level| Role {
        id: format!("{id}-{}", level.role_name()).parse().unwrap(),
        domain: did(id),
        level,
        created_by: uid(owner),
        created_at: NOW,
    };
    (domain, Level::ALL.map(role).to_vec())
}

fn pair(name: &str) -> TokenPair {
    TokenPair {
        access: Secret::new(format!("access {name}")),
        refresh: Secret::new(format!("refresh {name}")),
        access_expires: NOW.plus_seconds(3600),
        refresh_expires: NOW.plus_seconds(86_400),
    }
}

fn session(id: &str) -> Session {
    Session { id: id.parse().unwrap(), description: String::new() }
}

fn pat(id: &str, owner: &str) -> Pat {
    Pat {
        id: id.parse().unwrap(),
        user: uid(owner),
        name: format!("Token {id}"),
        description: String::new(),
        issued_at: NOW,
        expires_at: NOW.plus_seconds(100),
        updated_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

fn scope(id: &str, domain: &str) -> Scope {
    Scope {
        id: id.into(),
        domain_id: domain.into(),
        entity_type: "clients".into(),
        entity_id: "*".into(),
        operation: "*".into(),
    }
}

async fn add(store: &SqlStore, name: &str, admin: bool) {
    store.add_user(&user(name, admin), &Secret::new(format!("hash {name}"))).await.unwrap();
}

async fn accepted(store: &SqlStore, token: &Secret, at: Timestamp) -> bool {
    store.bearer(token, at).await.unwrap().is_some()
}

#[tokio::test]
async fn every_statement_is_one_that_the_engine_takes() {
    let all = [
        super::domains::STATEMENTS,
        super::members::STATEMENTS,
        super::pats::STATEMENTS,
        super::sessions::STATEMENTS,
        super::users::STATEMENTS,
    ];
    crate::testing::prepare(all.into_iter().flatten().copied()).await;
}

#[tokio::test]
async fn users_come_back_as_they_were_and_are_unique() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    assert_eq!(store.user(&uid("ada")).await.unwrap(), Some(user("ada", true)));
    assert_eq!(store.user(&uid("bob")).await.unwrap(), None);
    for login in ["ada", "ada@example.com"] {
        let (found, hash) = store.user_by_login(login).await.unwrap().unwrap();
        assert_eq!((found.id, hash), (uid("ada"), Secret::new("hash ada")));
    }
    for (twin, conflict) in [
        (User { username: "ada".into(), ..user("bob", false) }, Conflict::Username),
        (User { email: "ada@example.com".into(), ..user("bob", false) }, Conflict::Email),
        (User { id: uid("ada"), ..user("bob", false) }, Conflict::Id),
    ] {
        match store.add_user(&twin, &Secret::new("h")).await {
            Err(StoreError::Conflict(which)) => assert_eq!(which, conflict),
            other => panic!("{other:?} instead of {conflict:?}"),
        }
    }
}

#[tokio::test]
async fn a_list_of_users_is_filtered_sorted_and_cut() {
    let Fixture { store, _folder } = &fixture().await;
    for name in ["ada", "bob", "cyd"] {
        add(store, name, false).await;
    }
    let by = UserFilter { order: UserOrder::Username, direction: Direction::Ascending, ..Default::default() };
    let names = |page: &Page<User>| page.items.iter().map(|user| user.username.clone()).collect::<Vec<_>>();
    let list = store.users(&by, PageRequest { offset: 1, limit: 1 }).await.unwrap();
    assert_eq!((list.total, names(&list)), (3, vec!["bob".to_owned()]));
    let tagged = UserFilter { tags: Some(TagFilter::All(vec!["a".into(), "cyd".into()])), ..by.clone() };
    assert_eq!(names(&store.users(&tagged, FIRST).await.unwrap()), ["cyd"]);
    let part = UserFilter { email: Some("DA@".into()), ..by };
    assert_eq!(names(&store.users(&part, FIRST).await.unwrap()), ["ada"]);
}

#[tokio::test]
async fn the_last_platform_administrator_stays() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    add(store, "bob", false).await;
    let ada = uid("ada");
    let demote = UserChange { admin: Some(false), ..Default::default() };
    let disable = UserChange { status: Some(Status::Disabled), ..Default::default() };
    for change in [&demote, &disable] {
        let outcome = store.change_user(&ada, change, &ada, NOW).await.unwrap();
        assert_eq!(outcome, Guarded::LastAdministrator);
    }
    assert_eq!(store.remove_user(&ada).await.unwrap(), Guarded::LastAdministrator);
    let promote = UserChange { admin: Some(true), ..Default::default() };
    assert!(matches!(store.change_user(&uid("bob"), &promote, &ada, NOW).await, Ok(Guarded::Done(_))));
    assert_eq!(store.remove_user(&ada).await.unwrap(), Guarded::Done(()));
    assert_eq!(store.user(&ada).await.unwrap(), None);
    assert!(matches!(store.remove_user(&ada).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_token_is_accepted_for_what_it_is_until_it_ends() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    let first = pair("1");
    assert!(
        store.begin_session(&session("s"), &uid("ada"), &Secret::new("hash ada"), &first, NOW).await.unwrap()
    );
    let bearer = store.bearer(&first.access, NOW).await.unwrap().unwrap();
    assert_eq!((bearer.user, bearer.admin, bearer.token.as_str()), (uid("ada"), true, "s"));
    assert_eq!(bearer.scopes, None);
    assert!(!accepted(store, &first.refresh, NOW).await, "a refresh token is no access token");
    assert!(!accepted(store, &first.access, first.access_expires).await);
    let wrong = store.rotate(&first.access, &pair("2"), NOW).await.unwrap();
    assert_eq!(wrong, Rotation::Refused, "an access token is no refresh token");
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    let (first, second, third) = (pair("1"), pair("2"), pair("3"));
    assert!(
        store.begin_session(&session("s"), &uid("ada"), &Secret::new("hash ada"), &first, NOW).await.unwrap()
    );
    let rotated = Rotation::Rotated(uid("ada"));
    assert_eq!(store.rotate(&first.refresh, &second, NOW).await.unwrap(), rotated);
    assert!(accepted(store, &first.access, NOW).await, "a refresh ends no live access token");
    assert!(accepted(store, &second.access, NOW).await);
    assert_eq!(store.rotate(&first.refresh, &third, NOW).await.unwrap(), Rotation::Reused(uid("ada")));
    for token in [&first.access, &second.access, &third.access] {
        assert!(!accepted(store, token, NOW).await, "the whole session ended");
    }
    assert_eq!(store.rotate(&second.refresh, &third, NOW).await.unwrap(), Rotation::Refused);
    let late = pair("4");
    assert!(
        store.begin_session(&session("t"), &uid("ada"), &Secret::new("hash ada"), &late, NOW).await.unwrap()
    );
    assert_eq!(store.rotate(&late.refresh, &third, late.refresh_expires).await.unwrap(), Rotation::Refused);
}

#[tokio::test]
async fn sessions_end_when_told_with_a_new_password_and_with_the_user() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "root", true).await;
    add(store, "ada", false).await;
    let (ada, root) = (uid("ada"), uid("root"));
    let pairs = [pair("1"), pair("2"), pair("3")];
    for (name, pair) in ["s1", "s2", "s3"].into_iter().zip(&pairs) {
        assert!(
            store.begin_session(&session(name), &ada, &Secret::new("hash ada"), pair, NOW).await.unwrap()
        );
    }
    assert_eq!(store.sessions(&ada, NOW).await.unwrap().len(), 3);
    let s1: TokenId = "s1".parse().unwrap();
    assert!(!store.end_session(&root, &s1).await.unwrap(), "somebody else's");
    assert!(store.end_session(&ada, &s1).await.unwrap());
    assert!(!accepted(store, &pairs[0].access, NOW).await);

    let s2 = "s2".parse().unwrap();
    store.set_password(&ada, &Secret::new("new"), Some(&s2), &ada, NOW).await.unwrap();
    let late = store.begin_session(&session("s4"), &ada, &Secret::new("hash ada"), &pair("4"), NOW).await;
    assert!(!late.unwrap(), "the password that was checked is no longer the user's");
    assert!(!accepted(store, &pair("4").access, NOW).await);
    assert!(accepted(store, &pairs[1].access, NOW).await);
    assert!(!accepted(store, &pairs[2].access, NOW).await);
    assert_eq!(store.password(&ada).await.unwrap(), Some(Secret::new("new")));

    store.add_pat(&pat("p", "ada"), &Secret::new("pat_1"), &[]).await.unwrap();
    let disable = UserChange { status: Some(Status::Disabled), ..Default::default() };
    store.change_user(&ada, &disable, &root, NOW).await.unwrap();
    assert!(!accepted(store, &pairs[1].access, NOW).await);
    assert!(!accepted(store, &Secret::new("pat_1"), NOW).await);
    let enable = UserChange { status: Some(Status::Enabled), ..Default::default() };
    store.change_user(&ada, &enable, &root, NOW).await.unwrap();
    assert!(!accepted(store, &pairs[1].access, NOW).await, "an ended session stays ended");
    assert!(accepted(store, &Secret::new("pat_1"), NOW).await);
}

#[tokio::test]
async fn what_expired_is_forgotten_and_the_rest_is_not() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    let first = pair("1");
    assert!(
        store.begin_session(&session("s"), &uid("ada"), &Secret::new("hash ada"), &first, NOW).await.unwrap()
    );
    assert_eq!(store.forget_expired(NOW).await.unwrap(), 0);
    assert_eq!(store.forget_expired(first.access_expires).await.unwrap(), 1);
    let rotated = store.rotate(&first.refresh, &pair("2"), NOW).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(uid("ada")));
    store.forget_expired(first.refresh_expires).await.unwrap();
    assert!(store.sessions(&uid("ada"), NOW).await.unwrap().is_empty());
}

#[tokio::test]
async fn personal_access_tokens_carry_their_scopes_and_belong_to_their_owner() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    add(store, "bob", false).await;
    let (ada, bob, id) = (uid("ada"), uid("bob"), "p".parse().unwrap());
    let secret = Secret::new("pat_1");
    store.add_pat(&pat("p", "ada"), &secret, &[scope("s1", "d"), scope("s2", "e")]).await.unwrap();
    let bearer = store.bearer(&secret, NOW).await.unwrap().unwrap();
    assert_eq!(bearer.scopes.unwrap(), [scope("s1", "d"), scope("s2", "e")]);
    assert_eq!(store.pat(&bob, &id).await.unwrap(), None);
    assert!(matches!(store.revoke_pat(&bob, &id, NOW).await, Err(StoreError::NotFound)));
    assert!(matches!(store.pat_scopes(&bob, &id, FIRST).await, Err(StoreError::NotFound)));
    assert!(matches!(store.remove_pats(&bob, Some(&id)).await, Err(StoreError::NotFound)));
    let again = store.add_pat_scopes(&ada, &id, &[scope("s3", "f"), scope("s4", "d")], NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict(Conflict::Id))));
    assert_eq!(store.pat_scopes(&ada, &id, FIRST).await.unwrap().total, 2, "all or none");
    store.remove_pat_scopes(&ada, &id, Some(&["s1".into()]), NOW).await.unwrap();
    assert_eq!(store.pat_scopes(&ada, &id, FIRST).await.unwrap().items, [scope("s2", "e")]);
    store.remove_pat_scopes(&ada, &id, None, NOW).await.unwrap();
    assert_eq!(store.bearer(&secret, NOW).await.unwrap().unwrap().scopes, Some(vec![]));
}

#[tokio::test]
async fn a_personal_access_token_ends_by_time_revocation_and_reset() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", true).await;
    let (ada, id) = (uid("ada"), "p".parse().unwrap());
    let (old, new) = (Secret::new("pat_1"), Secret::new("pat_2"));
    store.add_pat(&pat("p", "ada"), &old, &[]).await.unwrap();
    assert!(accepted(store, &old, NOW).await);
    assert!(!accepted(store, &old, NOW.plus_seconds(100)).await);
    store.revoke_pat(&ada, &id, NOW).await.unwrap();
    assert!(!accepted(store, &old, NOW).await);
    let status = |status| PatFilter { status: Some(status), ..Default::default() };
    assert_eq!(store.pats(&ada, &status(PatStatus::Active), FIRST, NOW).await.unwrap().total, 0);
    assert_eq!(store.pats(&ada, &status(PatStatus::Revoked), FIRST, NOW).await.unwrap().total, 1);
    let reset = store.reset_pat(&ada, &id, &new, NOW.plus_seconds(500), NOW).await.unwrap();
    assert_eq!(reset.revoked_at, None);
    assert!(accepted(store, &new, NOW.plus_seconds(400)).await);
    assert!(!accepted(store, &old, NOW).await);
    store.touch_pat(&id, NOW).await.unwrap();
    assert_eq!(store.bearer(&new, NOW).await.unwrap().unwrap().last_used_at, Some(NOW));
    store.remove_pats(&ada, None).await.unwrap();
    assert!(!accepted(store, &new, NOW).await);
}

#[tokio::test]
async fn a_domain_begins_with_its_roles_and_its_creator() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", false).await;
    add(store, "bob", false).await;
    let (first, roles) = domain("d", "ada");
    store.add_domain(&first, &roles).await.unwrap();
    assert_eq!(store.domain(&did("d")).await.unwrap(), Some(first));
    assert_eq!(store.roles(&did("d")).await.unwrap(), roles);
    let stands = |user: &'static str, id: &'static str| async move {
        store.membership(&uid(user), &did(id)).await.unwrap()
    };
    let enabled = |level| Some(Membership { status: DomainStatus::Enabled, level });
    assert_eq!(stands("ada", "d").await, enabled(Some(Level::Administer)));
    assert_eq!(stands("bob", "d").await, enabled(None));
    assert_eq!(stands("ada", "e").await, None);
    let (mut twin, roles) = domain("e", "ada");
    twin.route = "route-d".into();
    let conflict = store.add_domain(&twin, &roles).await;
    assert!(matches!(conflict, Err(StoreError::Conflict(Conflict::Route))));
    assert!(store.roles(&did("e")).await.unwrap().is_empty(), "nothing of it stays");
}

#[tokio::test]
async fn members_come_and_go_but_the_last_administrator_stays() {
    let Fixture { store, _folder } = &fixture().await;
    for name in ["ada", "bob"] {
        add(store, name, false).await;
    }
    let (first, roles) = domain("d", "ada");
    store.add_domain(&first, &roles).await.unwrap();
    let (d, admin, viewer) = (did("d"), &roles[0].id, &roles[2].id);
    store.add_role_members(&d, viewer, &[uid("bob"), uid("ada")]).await.unwrap();
    store.add_role_members(&d, viewer, &[uid("bob")]).await.unwrap();
    let nobody = store.add_role_members(&d, viewer, &[uid("cyd")]).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
    let elsewhere = store.add_role_members(&did("e"), viewer, &[uid("bob")]).await;
    assert!(matches!(elsewhere, Err(StoreError::NotFound)));
    let members = store.members(&d, FIRST).await.unwrap();
    assert_eq!(members.total, 2);
    assert_eq!(members.items[0].roles, [roles[0].clone(), roles[2].clone()]);
    assert_eq!(store.role_members(&d, viewer, FIRST).await.unwrap().items, [uid("ada"), uid("bob")]);
    let level = |name: &'static str| async move {
        store.membership(&uid(name), &did("d")).await.unwrap().unwrap().level
    };
    assert_eq!((level("ada").await, level("bob").await), (Some(Level::Administer), Some(Level::View)));

    let last = Guarded::LastAdministrator;
    assert_eq!(store.remove_role_members(&d, admin, None).await.unwrap(), last);
    assert_eq!(store.remove_role_members(&d, admin, Some(&[uid("ada")])).await.unwrap(), last);
    store.add_role_members(&d, admin, &[uid("bob")]).await.unwrap();
    assert_eq!(store.remove_role_members(&d, admin, Some(&[uid("ada")])).await.unwrap(), Guarded::Done(()));
    assert_eq!(level("ada").await, Some(Level::View));
    assert_eq!(store.remove_role_members(&d, viewer, None).await.unwrap(), Guarded::Done(()));
    assert_eq!(level("ada").await, None);
}

#[tokio::test]
async fn a_member_lists_its_domains_with_its_mightiest_role() {
    let Fixture { store, _folder } = &fixture().await;
    for name in ["ada", "bob"] {
        add(store, name, false).await;
    }
    for (id, owner) in [("d", "ada"), ("e", "bob")] {
        let (domain, roles) = domain(id, owner);
        store.add_domain(&domain, &roles).await.unwrap();
    }
    let (_, roles) = domain("d", "ada");
    store.add_role_members(&did("d"), &roles[1].id, &[uid("ada"), uid("bob")]).await.unwrap();
    let by = DomainFilter { order: DomainOrder::Name, direction: Direction::Ascending, ..Default::default() };
    let list = store.domains(Some(&uid("ada")), &by, FIRST).await.unwrap();
    assert_eq!(list.total, 1);
    assert_eq!(list.items[0].role, Some(roles[0].clone()));
    let operator = DomainFilter { role_name: Some("operator".into()), ..by.clone() };
    let list = store.domains(Some(&uid("bob")), &operator, FIRST).await.unwrap();
    assert_eq!(list.items.iter().map(|listed| listed.domain.id.as_str()).collect::<Vec<_>>(), ["d"]);
    let all = store.domains(None, &by, FIRST).await.unwrap();
    assert_eq!((all.total, all.items[0].role.clone()), (2, None));
    let among = DomainFilter { among: Some(vec!["e".into()]), ..by };
    assert_eq!(store.domains(None, &among, FIRST).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_new_status_of_a_domain_is_an_event() {
    let Fixture { store, _folder } = &fixture().await;
    add(store, "ada", false).await;
    let (first, roles) = domain("d", "ada");
    store.add_domain(&first, &roles).await.unwrap();
    let (d, ada) = (did("d"), uid("ada"));
    let change = DomainChange { name: Some("new".into()), ..Default::default() };
    let changed = store.change_domain(&d, &change, &ada, NOW).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.tags.as_slice()), ("new", first.tags.as_slice()));
    assert!(store.pending_events(EventNumber(0), 9).await.unwrap().is_empty());
    store.set_domain_status(&d, DomainStatus::Frozen, &ada, NOW).await.unwrap();
    let events: Vec<_> =
        store.pending_events(EventNumber(0), 9).await.unwrap().into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, [PlatformEvent::DomainChanged { domain: d.clone() }]);
    assert_eq!(store.domain(&d).await.unwrap().unwrap().status, DomainStatus::Frozen);
    let nowhere = store.set_domain_status(&did("e"), DomainStatus::Disabled, &ada, NOW).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound)));
    assert_eq!(store.pending_events(EventNumber(0), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_first_start_happens_once() {
    let Fixture { store, _folder } = &fixture().await;
    assert!(!store.has_users().await.unwrap());
    let (domain, roles) = domain("d", "admin");
    let token = Secret::new("pat_first");
    let founding = Founding {
        admin: user("admin", true),
        password: Secret::new("hash"),
        domain,
        roles,
        pat: pat("p", "admin"),
        token: token.clone(),
        scopes: vec![scope("s", "d")],
    };
    assert!(store.found(&founding).await.unwrap());
    assert!(store.has_users().await.unwrap());
    assert!(accepted(store, &token, NOW).await);
    assert!(!store.found(&founding).await.unwrap());
}
