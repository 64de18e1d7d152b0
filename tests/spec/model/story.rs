//! What can happen.

use std::fmt;

use nhost_auth_simulator::{Fault, GrantScript, Provider};
use proptest::{collection::vec, option, prelude::*};

pub const USERS: usize = 2;
pub const REPLICAS: usize = 3;

/// One whose refresh token stays, one that takes the old one for a while, and one that ends the
/// grant when an old one comes back.
pub const PROVIDERS: [Provider; 3] = [Provider::Google, Provider::Spotify, Provider::Gitlab];

pub fn script(provider: Provider, sign_in: SignIn) -> GrantScript {
    match provider {
        _ if sign_in.leaves_refresh_token => GrantScript::no_refresh_token(),
        Provider::Google => GrantScript::stable(),
        // Longer than any story.
        Provider::Spotify => GrantScript::rotating_with_grace(chrono::TimeDelta::days(30)),
        _ => GrantScript::rotating_single_use(),
    }
}

/// A refresh token that is lost with an answer takes the grant along.
pub fn is_lost_with_an_answer(provider: Provider) -> bool {
    provider == Provider::Gitlab
}

/// A user's connection to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    pub user: usize,
    /// Of [`PROVIDERS`].
    pub provider: usize,
}

impl Slot {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..USERS)
            .flat_map(|user| (0..PROVIDERS.len()).map(move |provider| Self { user, provider }))
    }

    pub fn index(self) -> usize {
        self.user * PROVIDERS.len() + self.provider
    }

    pub fn provider(self) -> Provider {
        PROVIDERS[self.provider]
    }
}

/// One of the two accounts that each user has at each provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    First,
    Second,
}

/// How a user signs in with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub account: Account,
    /// It brings no refresh token, and leaves the one before, which may be the other account's.
    pub leaves_refresh_token: bool,
}

impl SignIn {
    pub fn with(account: Account) -> Self {
        Self { account, leaves_refresh_token: false }
    }

    pub fn without_refresh_token(account: Account) -> Self {
        Self { account, leaves_refresh_token: true }
    }
}

/// Something that is asked of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Signs in and calls `connectProvider`.
    Connect(Slot, SignIn),
    Read(Slot),
    Refresh(Slot),
    Disconnect(Slot),
    /// A turn of the worker, to its end.
    Work,
    /// Providers are asked which accounts those are that have signed in.
    LookUp,
}

impl Ask {
    /// Whether it may change its tokens, or hand them out.
    pub fn concerns(self, slot: Slot) -> bool {
        match self {
            Self::Connect(of, _) | Self::Read(of) | Self::Refresh(of) | Self::Disconnect(of) => {
                of == slot
            }
            Self::Work => true,
            Self::LookUp => false,
        }
    }

    /// How the user of the connection signs in by it.
    pub fn signs_in_to(self, slot: Slot) -> Option<SignIn> {
        match self {
            Self::Connect(of, sign_in) if of == slot => Some(sign_in),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Ask {
        replica: usize,
        what: Ask,
    },
    /// The user takes all grants back at the provider.
    Revoke(Slot),
    Pass {
        seconds: i64,
    },
    /// The provider is down, or up again.
    Outage {
        provider: usize,
        down: bool,
    },
    /// Nhost Auth is down, or up again.
    NhostAuth {
        down: bool,
    },
    /// A replica is cut off from the database, or not any longer.
    Partition {
        replica: usize,
        cut_off: bool,
    },
    /// A machine's clock is set to another time.
    Clock {
        replica: usize,
        seconds_ahead: i64,
    },
}

/// What goes wrong in one step on the network of one replica. The first so many that it could
/// happen to come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The database is out of reach, for so many statements and answers.
    Cut {
        after: u8,
        trips: u8,
    },
    /// The database has done a statement, and its answer does not come.
    LostAnswer {
        after: u8,
    },
    LostCommit {
        after: u8,
    },
    /// The database has committed, and its answer does not come.
    LostCommitAnswer {
        after: u8,
    },
    /// It comes after more than a second.
    SlowCommit {
        after: u8,
    },
    UpstreamAway,
    LostUpstreamAnswers,
}

impl Trouble {
    pub fn is_upstream(self) -> bool {
        matches!(self, Self::UpstreamAway | Self::LostUpstreamAnswers)
    }
}

/// What goes wrong with the next call for a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    LostAfterWork,
    Disconnect,
    Garbage,
    RateLimited,
    Unavailable,
    Refused,
}

impl Wrong {
    pub fn fault(self) -> Fault {
        match self {
            Self::LostAfterWork => Fault::LostAfterWork,
            Self::Disconnect => Fault::Disconnect,
            Self::Garbage => Fault::Garbage,
            Self::RateLimited => Fault::RateLimited,
            Self::Unavailable => Fault::Empty(503),
            Self::Refused => Fault::RefuseProvider,
        }
    }
}

/// What happens while an upstream has done its work and holds its answer back; if nobody calls one,
/// when all that was asked is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Middle {
    /// It is slow.
    Nothing,
    /// So slow that leases end.
    LeaseEnds,
    /// So slow that everyone gives up waiting for it.
    Hangs,
    Crash {
        replica: usize,
    },
    /// A replica is cut off from the database, until it is said to be back.
    Partition {
        replica: usize,
    },
    /// The database takes nothing until all that was asked is answered.
    DatabaseAway,
    /// And then a replica crashes, before it is back.
    DatabaseAwayAndCrash {
        replica: usize,
    },
}

/// Things that happen at once.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub ops: Vec<Op>,
    pub wrong: Option<(usize, Wrong)>,
    /// Of which replica.
    pub troubles: Vec<(usize, Trouble)>,
    pub middle: Option<Middle>,
}

#[derive(Clone, Debug)]
pub struct Story {
    /// Which connections there are from the start, one bit each.
    pub connected: u8,
    pub steps: Vec<Step>,
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connecting {:06b}", self.connected & 0b11_1111)?;
        self.steps.iter().try_for_each(|step| write!(f, "\n{step:?}"))
    }
}

fn slot() -> impl Strategy<Value = Slot> {
    (0..USERS, 0..PROVIDERS.len()).prop_map(|(user, provider)| Slot { user, provider })
}

fn sign_in() -> impl Strategy<Value = SignIn> {
    let account = prop::sample::select(vec![Account::First, Account::Second]);
    (account, prop::bool::weighted(0.3))
        .prop_map(|(account, leaves_refresh_token)| SignIn { account, leaves_refresh_token })
}

/// Mostly about one connection, so that what happens at once gets in each other's way.
fn op(focus: Slot) -> impl Strategy<Value = Op> {
    let of = move || prop_oneof![2 => Just(focus), 1 => slot()];
    let ask = prop_oneof![
        5 => of().prop_map(Ask::Read),
        4 => of().prop_map(Ask::Refresh),
        3 => Just(Ask::Work),
        3 => (of(), sign_in()).prop_map(|(slot, sign_in)| Ask::Connect(slot, sign_in)),
        2 => Just(Ask::LookUp),
        1 => of().prop_map(Ask::Disconnect),
    ];
    let seconds = prop::sample::select(vec![1, 5, 11, 31, 70, 300, 660, 3360, 3660]);
    prop_oneof![
        15 => (0..REPLICAS, ask).prop_map(|(replica, what)| Op::Ask { replica, what }),
        4 => seconds.prop_map(|seconds| Op::Pass { seconds }),
        1 => of().prop_map(Op::Revoke),
        1 => (0..PROVIDERS.len(), any::<bool>())
            .prop_map(|(provider, down)| Op::Outage { provider, down }),
        1 => any::<bool>().prop_map(|down| Op::NhostAuth { down }),
        1 => (0..REPLICAS, any::<bool>())
            .prop_map(|(replica, cut_off)| Op::Partition { replica, cut_off }),
        1 => (0..REPLICAS, prop::sample::select(vec![0, 45, -45, 3600, -3600]))
            .prop_map(|(replica, seconds_ahead)| Op::Clock { replica, seconds_ahead }),
    ]
}

/// Two replicas are to renew the same token.
fn contest() -> impl Strategy<Value = Vec<Op>> {
    (slot(), any::<bool>()).prop_map(|(slot, reads)| {
        let second = if reads { Ask::Read(slot) } else { Ask::Refresh(slot) };
        let asks = [Ask::Refresh(slot), second].into_iter().enumerate();
        asks.map(|(replica, what)| Op::Ask { replica, what }).collect()
    })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        4 => (0..12_u8, 1..30_u8).prop_map(|(after, trips)| Trouble::Cut { after, trips }),
        3 => (0..6_u8).prop_map(|after| Trouble::LostAnswer { after }),
        2 => (0..3_u8).prop_map(|after| Trouble::LostCommit { after }),
        3 => (0..3_u8).prop_map(|after| Trouble::LostCommitAnswer { after }),
        2 => (0..2_u8).prop_map(|after| Trouble::SlowCommit { after }),
        1 => Just(Trouble::UpstreamAway),
        1 => Just(Trouble::LostUpstreamAnswers),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let wrong = prop::sample::select(vec![
        Wrong::LostAfterWork,
        Wrong::Disconnect,
        Wrong::Garbage,
        Wrong::RateLimited,
        Wrong::Unavailable,
        Wrong::Refused,
    ]);
    let replica = 0..REPLICAS;
    let middle = prop_oneof![
        3 => Just(Middle::Nothing),
        2 => Just(Middle::LeaseEnds),
        1 => Just(Middle::Hangs),
        2 => replica.clone().prop_map(|replica| Middle::Crash { replica }),
        2 => replica.clone().prop_map(|replica| Middle::Partition { replica }),
        2 => Just(Middle::DatabaseAway),
        1 => replica.prop_map(|replica| Middle::DatabaseAwayAndCrash { replica }),
    ];
    let wrong = option::weighted(0.15, (0..PROVIDERS.len(), wrong));
    let anything = slot().prop_flat_map(|focus| vec(op(focus), 1..=3));
    let ops = prop_oneof![3 => anything, 1 => contest()];
    let troubles = prop_oneof![
        2 => Just(Vec::new()),
        1 => vec((0..REPLICAS, trouble()), 1..=3),
    ];
    (ops, wrong, troubles, option::weighted(0.35, middle))
        .prop_map(|(ops, wrong, troubles, middle)| Step { ops, wrong, troubles, middle })
}

pub fn story() -> impl Strategy<Value = Story> {
    (any::<u8>(), vec(step(), 1..=8)).prop_map(|(connected, steps)| Story { connected, steps })
}
