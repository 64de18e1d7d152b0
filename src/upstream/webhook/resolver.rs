use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use super::public_address::is_public;

/// Resolves names, and returns the addresses only if all of them are public. The connection is made
/// to the checked addresses: there is no second look-up that could return others.
#[derive(Clone, Copy, Debug)]
pub struct PublicAddresses;

/// A name resolves to an address that is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to a private address")]
pub struct NotPublic;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The connecting code sets the port.
            let answers = lookup_host((name.as_str(), 0)).await?;
            let addresses = all_public(answers.collect())?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A private address among public ones can't be an accident, so it isn't ignored.
fn all_public(answers: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    if answers.iter().all(|address| is_public(address.ip())) { Ok(answers) } else { Err(NotPublic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn a_name_with_public_addresses_is_connected_to_at_just_these() {
        let public = answers(&["93.184.215.14", "2606:4700:4700::1111"]);
        assert_eq!(all_public(public.clone()), Ok(public));
    }

    #[test]
    fn one_private_address_among_the_answers_refuses_the_name() {
        for private in ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:192.168.0.1"] {
            let mixed = answers(&["93.184.215.14", private, "2606:4700:4700::1111"]);
            assert_eq!(all_public(mixed), Err(NotPublic), "{private}");
        }
    }

    #[tokio::test]
    async fn localhost_is_refused_by_the_resolver_itself() {
        let resolved = PublicAddresses.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.err().unwrap().is::<NotPublic>());
    }
}
