//! What the scopes of personal access tokens may name.

use crate::Failure;
use onramp_core::model::{ClientId, DomainId, Scope};

const ANY: &str = "*";

/// The operations of each kind of object, by the reference's names where it has them.
const OPERATIONS: [(&str, &[&str]); 4] = [
    (
        "clients",
        &[
            "create_clients",
            "list_clients",
            "view",
            "update",
            "update_tags",
            "update_secret",
            "enable",
            "disable",
            "delete",
            "connect_to_channel",
            "disconnect_from_channel",
        ],
    ),
    (
        "channels",
        &[
            "create_channels",
            "list_channels",
            "view",
            "update",
            "update_tags",
            "enable",
            "disable",
            "delete",
            "connect_client",
            "disconnect_client",
            "connect_to_channel",
            "disconnect_from_channel",
        ],
    ),
    (
        "domains",
        &[
            "create_domains",
            "list",
            "read",
            "update",
            "enable",
            "disable",
            "freeze",
            "view_role_users",
            "add_role_users",
            "remove_role_users",
        ],
    ),
    ("bootstrap", &["create", "list", "view", "update", "remove"]),
];

/// What somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct NewScope {
    /// Id of a domain, or `*`.
    pub domain_id: String,
    /// Kind of object, or `*`.
    pub entity_type: String,
    /// Id of an object, or `*`.
    pub entity_id: String,
    /// Name of an operation, or `*`.
    pub operation: String,
}

/// Checks a scope and gives it the id.
pub(super) fn check(new: NewScope, id: String) -> Result<Scope, Failure> {
    let NewScope { domain_id, entity_type, entity_id, operation } = new;
    if domain_id.is_empty() {
        return Err(Failure::invalid("missing domainID"));
    }
    if domain_id != ANY && DomainId::parse(domain_id.as_str()).is_err() {
        return Err(Failure::invalid("invalid id format provided"));
    }
    if entity_id.is_empty() {
        return Err(Failure::invalid("missing entity id"));
    }
    if entity_id != ANY && ClientId::parse(entity_id.as_str()).is_err() {
        return Err(Failure::invalid("invalid id format provided"));
    }
    let known = |kind: &str| OPERATIONS.iter().find(|(name, _)| *name == kind).map(|(_, names)| *names);
    if entity_type != ANY && known(&entity_type).is_none() {
        return Err(Failure::invalid("entity_type must be clients, channels, domains, bootstrap or *"));
    }
    let operation = match (entity_type.as_str(), operation.as_str()) {
        ("clients", "create" | "list") | ("channels", "create" | "list") => {
            format!("{operation}_{entity_type}")
        }
        ("domains", "create") => "create_domains".to_owned(),
        _ => operation,
    };
    let names = |names: &[&str]| names.contains(&operation.as_str());
    let fits = operation == ANY
        || match known(&entity_type) {
            Some(operations) => names(operations),
            None => OPERATIONS.iter().any(|(_, operations)| names(operations)),
        };
    if !fits {
        return Err(Failure::invalid("operation is none that this entity_type has, and not *"));
    }
    Ok(Scope { id, domain_id, entity_type, entity_id, operation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(domain: &str, kind: &str, id: &str, operation: &str) -> Result<String, String> {
        let new = NewScope {
            domain_id: domain.into(),
            entity_type: kind.into(),
            entity_id: id.into(),
            operation: operation.into(),
        };
        check(new, "s".into()).map(|scope| scope.operation).map_err(|failure| failure.to_string())
    }

    #[test]
    fn scopes_name_what_there_is() {
        assert_eq!(ask("d", "clients", "*", "create").unwrap(), "create_clients");
        assert_eq!(ask("d", "bootstrap", "*", "create").unwrap(), "create");
        assert_eq!(ask("*", "*", "*", "*").unwrap(), "*");
        assert_eq!(ask("*", "*", "*", "update_secret").unwrap(), "update_secret");
        assert_eq!(ask("", "clients", "*", "*").unwrap_err(), "missing domainID");
        assert_eq!(ask("d", "clients", "", "*").unwrap_err(), "missing entity id");
        for (kind, operation) in
            [("users", "*"), ("", "*"), ("channels", "update_secret"), ("clients", ""), ("*", "x")]
        {
            assert!(ask("d", kind, "*", operation).is_err(), "{kind} {operation}");
        }
    }
}
