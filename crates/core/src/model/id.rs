//! Ids: opaque, checked strings. Which of them are UUIDs is the platform's business.

/// The text is not usable as an id: empty, longer than 254 bytes, or with control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a usable id")]
pub struct InvalidId;

const MAX_ID_LEN: usize = 254;

fn check(text: &str) -> Result<(), InvalidId> {
    // Nearly all are ASCII, and each request of a device checks several.
    let printable = if text.is_ascii() {
        !text.bytes().any(|byte| byte.is_ascii_control())
    } else {
        !text.chars().any(char::is_control)
    };
    let fits = printable && !text.is_empty() && text.len() <= MAX_ID_LEN;
    if fits { Ok(()) } else { Err(InvalidId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is empty, too long, or holds control characters.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check(&text).map(|()| $name(text))
            }

            /// The id's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                $name::parse(text)
            }
        }
    )*};
}

ids! {
    /// A domain: the tenant that everything else belongs to.
    DomainId;
    /// A client on the platform; also the id of its config.
    ClientId;
    /// A channel on the platform.
    ChannelId;
    /// A person or a machine that calls the operator API.
    UserId;
    /// A role of a domain.
    RoleId;
    /// A session or a personal access token.
    TokenId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_printable_texts() {
        assert!(ClientId::parse("3fa85f64-5717-4562-b3fc-2c963f66afa6").is_ok());
        assert!(ClientId::parse("уређај").is_ok());
        for bad in ["", "a\0b", "a\nb", &"x".repeat(255)] {
            assert_eq!(ClientId::parse(bad), Err(InvalidId), "{bad:?}");
        }
    }
}
