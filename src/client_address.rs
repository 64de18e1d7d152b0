//! From which address a request comes: the socket's peer, or whom a trusted proxy names.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request; an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Of a request that came by no socket.
    pub const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// Who sent it, as far as that can be told: beyond the proxies of this server's operator a
    /// header is anybody's claim. `X-Forwarded-For` is read from the right, where each proxy adds
    /// whom it was called by. Anything else than an address there makes the chain worthless: the peer counts.
    ///
    /// `Forwarded` (RFC 7239) is not read: a proxy that writes the one passes the other on as the
    /// client made it up.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> Self {
        let peer = peer.to_canonical();
        if !trusted.contains(peer) {
            return Self(peer);
        }
        let hops = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = hops.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        let mut client = peer;
        for hop in hops {
            let Some(hop) = address(hop) else { return Self(peer) };
            client = hop;
            if !trusted.contains(hop) {
                break;
            }
        }
        Self(client)
    }

    /// The address of a request; an unspecified one for all that came through no listener.
    pub fn of_request(extensions: &http::Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::UNKNOWN)
    }

    /// What one client has of the address space: an IPv4 address, or the /64 of an IPv6 one, within
    /// which a machine may take as many addresses as it likes.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        }
    }
}

/// An address as proxies write it, with or without a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match bracketed {
        Some(text) => IpAddr::V6(text.parse().ok()?),
        None => {
            text.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip())).ok()?
        }
    };
    Some(address.to_canonical())
}

/// The proxies whose word about their callers is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Why an entry names no proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoProxy {
    NoAddress,
    Everybody,
}

impl fmt::Display for NoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAddress => {
                "an entry is an IP address or a network, such as 10.0.0.7 or 10.0.0.0/8"
            }
            Self::Everybody => {
                "that is every address, and anybody could claim to be anyone: write the network of \
                 your proxies"
            }
        })
    }
}

impl FromStr for TrustedProxies {
    type Err = Vec<(String, NoProxy)>;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let (mut networks, mut mistakes) = (Vec::new(), Vec::new());
        for entry in entries {
            match network(entry) {
                Ok(network) => networks.push(network),
                Err(why) => mistakes.push((entry.to_owned(), why)),
            }
        }
        if mistakes.is_empty() { Ok(Self(networks)) } else { Err(mistakes) }
    }
}

fn network(entry: &str) -> Result<IpNet, NoProxy> {
    let network = match entry.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(entry.parse::<IpAddr>().map_err(|_| NoProxy::NoAddress)?),
    };
    let network = canonical(network);
    if network.prefix_len() == 0 { Err(NoProxy::Everybody) } else { Ok(network) }
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`, as a socket for both families shows it.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else { return network };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    match four.and_then(|(address, length)| Ipv4Net::new(address, length).ok()) {
        Some(four) => four.into(),
        None => Ipv6Net::trunc(&six).into(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn trusted() -> TrustedProxies {
        "127.0.0.1, 10.0.0.0/8,2001:db8:1::/48 , ::ffff:172.16.0.0/108".parse().unwrap()
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let headers = forwarded
            .iter()
            .map(|value| (FORWARDED_FOR, HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .collect();
        ClientAddress::of(peer.parse().unwrap(), &headers, &trusted()).0.to_string()
    }

    #[test]
    fn the_client_is_the_peer_or_whom_trusted_proxies_name() {
        for (peer, forwarded, expected) in [
            // Nobody in between, or nobody who is trusted.
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.7"], "203.0.113.9"),
            ("::ffff:203.0.113.9", &[], "203.0.113.9"),
            // One proxy, and what the client itself has sent is to the left.
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["no address, 198.51.100.7"], "198.51.100.7"),
            // Several, in one header or in more.
            ("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2,127.0.0.1"], "198.51.100.7"),
            ("10.0.0.1", &["6.6.6.6,198.51.100.7", "10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7", "10.0.0.2", "172.16.0.3"], "198.51.100.7"),
            // None but proxies: the first of them.
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // Both families, with ports.
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("2001:db8:1::5", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("::ffff:172.16.9.9", &["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", &["[2001:db8:2::7]:4711"], "2001:db8:2::7"),
            ("10.0.0.1", &["[2001:db8:2::7]"], "2001:db8:2::7"),
            ("10.0.0.1", &["2001:db8:2::7"], "2001:db8:2::7"),
            ("10.0.0.1", &["  198.51.100.7\t"], "198.51.100.7"),
            // Not an address.
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7,"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.777"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7 198.51.100.8"], "10.0.0.1"),
            ("10.0.0.1", &["\u{fc}"], "10.0.0.1"),
        ] {
            assert_eq!(client(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_told() {
        let mistakes = "10.0.0.1, proxy.example.com, 10.0.0.0/33, 0.0.0.0/0, ::/0"
            .parse::<TrustedProxies>()
            .unwrap_err();
        let expected = [
            ("proxy.example.com", NoProxy::NoAddress),
            ("10.0.0.0/33", NoProxy::NoAddress),
            ("0.0.0.0/0", NoProxy::Everybody),
            ("::/0", NoProxy::Everybody),
        ];
        assert_eq!(mistakes, expected.map(|(entry, why)| (entry.to_owned(), why)));
        assert_eq!("::ffff:0.0.0.0/96".parse::<TrustedProxies>().unwrap_err().len(), 1);
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let of = |text: &str| ClientAddress(text.parse().unwrap()).network().to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("198.51.100.7"), "198.51.100.7");
    }
}
