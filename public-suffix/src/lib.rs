//! The Public Suffix List.
//!
//! A crate of its own, because psl's search is 11,600 generic functions, which are compiled where they are
//! called. In the server they were an eighth of its code, compiled again with every change.

/// Whether anyone can register a subdomain of this host: `com`, `co.uk`, `vercel.app` (the list's private part counts).
/// A top-level domain that is newer than the list counts as well.
pub fn is_public_suffix(host: &str) -> bool {
    psl::suffix_str(host) == Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_of_registries_and_of_companies_are_public() {
        for host in ["com", "co.uk", "vercel.app", "newer-than-the-list"] {
            assert!(is_public_suffix(host), "{host}");
        }
        for host in ["example.com", "nhost.co.uk", "app.vercel.app"] {
            assert!(!is_public_suffix(host), "{host}");
        }
    }
}
