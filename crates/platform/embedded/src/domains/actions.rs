//! What the three roles of a domain allow, in the reference's words. The rights themselves are decided in
//! `authority`; this is what answers show of them.

use onramp_core::model::Level;

const ACTIONS: [(&str, Level); 22] = [
    ("update", Level::Administer),
    ("enable", Level::Administer),
    ("disable", Level::Administer),
    ("read", Level::View),
    ("manage_role", Level::Administer),
    ("add_role_users", Level::Administer),
    ("remove_role_users", Level::Administer),
    ("view_role_users", Level::View),
    ("client_create", Level::Operate),
    ("channel_create", Level::Operate),
    ("client_update", Level::Operate),
    ("client_read", Level::View),
    ("client_delete", Level::Operate),
    ("client_connect_to_channel", Level::Operate),
    ("channel_update", Level::Operate),
    ("channel_read", Level::View),
    ("channel_delete", Level::Operate),
    ("channel_connect_to_client", Level::Operate),
    ("bootstrap_create", Level::Operate),
    ("bootstrap_update", Level::Operate),
    ("bootstrap_read", Level::View),
    ("bootstrap_delete", Level::Operate),
];

/// All that roles of domains can allow.
pub(super) fn all() -> Vec<String> {
    of(Level::Administer)
}

/// What a role allows.
pub(super) fn of(level: Level) -> Vec<String> {
    let allowed = ACTIONS.iter().filter(|(_, needed)| *needed <= level);
    allowed.map(|(action, _)| (*action).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_includes_the_lesser_ones() {
        let [admin, operator, viewer] = Level::ALL.map(of);
        assert!(viewer.iter().all(|action| operator.contains(action)));
        assert!(operator.iter().all(|action| admin.contains(action)));
        assert_eq!(admin.len(), ACTIONS.len());
        assert!(viewer.iter().all(|action| action.contains("read") || action.contains("view")));
        assert!(!operator.contains(&"add_role_users".to_owned()));
    }
}
