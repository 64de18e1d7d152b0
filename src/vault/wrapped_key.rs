//! Entries of `ENCRYPTION_KEYS` that are wrapped: a key management service unwraps them.

use super::format;

/// The service that wrapped a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrapper {
    /// Transit of HashiCorp Vault or OpenBao.
    Vault,
    Aws,
    Gcp,
}

impl Wrapper {
    pub const ALL: [Self; 3] = [Self::Vault, Self::Aws, Self::Gcp];

    /// The prefix between the id and the wrapped key.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Aws => "awskms",
            Self::Gcp => "gcpkms",
        }
    }

    /// Its display name.
    pub const fn service(self) -> &'static str {
        match self {
            Self::Vault => "Vault",
            Self::Aws => "AWS KMS",
            Self::Gcp => "Google Cloud KMS",
        }
    }

    /// The cargo feature that includes its client.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Vault => "kms-vault",
            Self::Aws => "kms-aws",
            Self::Gcp => "kms-gcp",
        }
    }
}

/// An entry such as `id:vault:v1:…`, `id:awskms:BASE64` or `id:gcpkms:BASE64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappedKey<'a> {
    pub id: &'a str,
    pub wrapper: Wrapper,
    /// As the service returned it.
    pub ciphertext: &'a str,
}

impl<'a> WrappedKey<'a> {
    /// `None`: it has another form. Base64 contains no colon, so no plain key matches.
    pub(super) fn parse(entry: &'a str) -> Option<Self> {
        let (id, rest) = entry.split_once(':')?;
        let (prefix, ciphertext) = rest.split_once(':')?;
        let wrapper = Wrapper::ALL.into_iter().find(|wrapper| wrapper.prefix() == prefix)?;
        format::is_key_id(id).then_some(Self { id, wrapper, ciphertext })
    }
}
