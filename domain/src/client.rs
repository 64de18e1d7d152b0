use std::{fmt, sync::Arc};

/// An OAuth app or an MCP client that acts for users: its client id at Nhost Auth. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// The maximum length in characters. Client ids may be URLs (OAuth Client ID Metadata
    /// Documents), and are part of a key, which `PostgreSQL` limits to 2,700 bytes.
    pub const LONGEST: usize = 1_024;

    /// `None`: it is empty, too long, or contains other characters than visible ASCII (RFC 6749,
    /// A.1, without the space): two ids that look alike must be the same.
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=Self::LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_urls_are_taken_and_what_could_be_mistaken_for_another_is_not() {
        let longest = "x".repeat(ClientId::LONGEST);
        for good in ["a", "nhost_2f6a", "https://app.example/client.json?v=1#~", &longest] {
            assert_eq!(ClientId::parse(good).unwrap().as_str(), good);
        }
        let longer = "x".repeat(ClientId::LONGEST + 1);
        for bad in ["", " ", "a b", " a", "a\n", "a\u{0}", "\u{7f}", "аpp", "a\u{200b}", &longer] {
            assert_eq!(ClientId::parse(bad), None, "{bad:?}");
        }
    }
}
