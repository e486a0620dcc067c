//! Why devices are refused: words for the log and the operator, never for the device.

/// Why a device was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody enrolled this external id.
    UnknownId,
    /// The id is enrolled, the key is another one.
    WrongKey,
    /// The encrypted key is not hexadecimal.
    NotHex,
    /// The encrypted key is shorter than its initialisation vector, or nothing is behind it.
    TooShort,
    /// The key was right, but a switch is off.
    Disabled(Switch),
    /// No external id can look like this.
    MalformedId,
    /// Unknown id or wrong key: not told apart on the device's path.
    Unrecognised,
}

/// Which of the three switches is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// The config's own.
    Config,
    /// The client's.
    Client,
    /// The domain's.
    Domain,
}

impl Reason {
    /// The reason in the operator's words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::UnknownId => "unknown external id",
            Reason::WrongKey => "wrong external key",
            Reason::NotHex => "encrypted key is not hexadecimal",
            Reason::TooShort => "encrypted key is too short",
            Reason::Disabled(Switch::Config) => "config disabled",
            Reason::Disabled(Switch::Client) => "client disabled",
            Reason::Disabled(Switch::Domain) => "domain disabled",
            Reason::MalformedId => "malformed external id",
            Reason::Unrecognised => "unknown external id or wrong external key",
        }
    }
}
