//! The networks of one replica: to the database and to the upstreams. Both fail where a story says,
//! and at once.

use std::sync::{Arc, Mutex, atomic::AtomicI64};

use nhost_auth_simulator::Running;
use provider_connections::store::{Carried, Network};
use sea_orm::{DbErr, RuntimeErr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use url::Url;

use super::story::Trouble;

/// To the database.
#[derive(Debug, Default)]
pub struct ToDatabase {
    state: Mutex<State>,
    /// How many commits were held on their way, and how many of them came through.
    held: watch::Sender<usize>,
    released: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    /// For more than one step.
    is_partitioned: bool,
    /// How many more statements and answers are lost; `None`: none.
    lost: Option<u32>,
    /// Those of one step.
    troubles: Vec<Trouble>,
}

impl ToDatabase {
    pub fn partition(&self, is_partitioned: bool) {
        self.state.lock().unwrap().is_partitioned = is_partitioned;
    }

    pub fn is_partitioned(&self) -> bool {
        self.state.lock().unwrap().is_partitioned
    }

    pub fn add(&self, trouble: Trouble) {
        self.state.lock().unwrap().troubles.push(trouble);
    }

    /// What one step made of it is over.
    pub fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        state.lost = None;
        state.troubles.clear();
        drop(state);
        self.release();
    }

    /// Waits until a commit is held.
    pub async fn holds(&self) {
        let released = *self.released.borrow();
        let _ = self.held.subscribe().wait_for(|held| *held > released).await;
    }

    /// Commits that are held come through.
    pub fn release(&self) {
        let held = *self.held.borrow();
        self.released.send_replace(held);
    }

    /// Answers what becomes of what is on its way.
    fn fate(&self, what: Carried) -> Fate {
        let mut state = self.state.lock().unwrap();
        if state.is_partitioned {
            return Fate::Lost;
        }
        if let Some(left) = state.lost {
            state.lost = left.checked_sub(1).filter(|left| *left > 0);
            return Fate::Lost;
        }
        let mut fate = Fate::Arrives;
        state.troubles.retain_mut(|trouble| {
            let (counts, after, then) = match trouble {
                Trouble::Cut { after, trips } => (true, after, Fate::Cut(*trips)),
                Trouble::LostAnswer { after } => (what == Carried::Answer, after, Fate::Lost),
                Trouble::LostCommit { after } => (what == Carried::Commit, after, Fate::Lost),
                Trouble::LostCommitAnswer { after } => {
                    (what == Carried::CommitAnswer, after, Fate::Lost)
                }
                Trouble::SlowCommit { after } => {
                    (what == Carried::CommitAnswer, after, Fate::Held(0))
                }
                Trouble::UpstreamAway | Trouble::LostUpstreamAnswers => return true,
            };
            if !counts {
                return true;
            }
            if *after > 0 {
                *after -= 1;
                return true;
            }
            fate = then;
            false
        });
        match fate {
            Fate::Cut(trips) => {
                state.lost = Some(u32::from(trips));
                Fate::Lost
            }
            Fate::Held(_) => {
                self.held.send_modify(|held| *held += 1);
                Fate::Held(*self.held.borrow())
            }
            fate => fate,
        }
    }
}

enum Fate {
    Arrives,
    Lost,
    Cut(u8),
    /// Until this one is released.
    Held(usize),
}

#[async_trait::async_trait]
impl Network for ToDatabase {
    async fn carry(&self, what: Carried) -> Result<(), DbErr> {
        match self.fate(what) {
            Fate::Arrives => Ok(()),
            Fate::Lost | Fate::Cut(_) => {
                Err(DbErr::Conn(RuntimeErr::Internal("the simulated network lost it".to_owned())))
            }
            Fate::Held(number) => {
                let _ = self.released.subscribe().wait_for(|released| *released >= number).await;
                Ok(())
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upstream {
    #[default]
    Near,
    Away,
    /// What is asked arrives; what is answered does not.
    LosesAnswers,
}

/// To Nhost Auth and the providers.
pub struct ToUpstream {
    port: u16,
    pub is: watch::Sender<Upstream>,
    task: JoinHandle<()>,
}

impl ToUpstream {
    pub async fn of(simulator: &Running) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is, target) = (watch::Sender::<Upstream>::default(), simulator.address());
        let of_all = is.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let is = of_all.subscribe();
                tokio::spawn(async move {
                    if let Ok(far) = TcpStream::connect(target).await {
                        // A socket that fails is what this is for.
                        let _ = forward(near, far, is).await;
                    }
                });
            }
        });
        Self { port, is, task }
    }

    /// The same address, through this network.
    pub fn url(&self, mut url: Url) -> Url {
        url.set_port(Some(self.port)).unwrap();
        url
    }
}

impl Drop for ToUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    mut near: TcpStream,
    mut far: TcpStream,
    is: watch::Receiver<Upstream>,
) -> std::io::Result<()> {
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (mut from_near, mut to_near) = near.split();
    let (mut from_far, mut to_far) = far.split();
    let answers = is.clone();
    let mut changes = is;
    let back = async {
        let mut some = [0; 8192];
        loop {
            let read = from_far.read(&mut some).await?;
            if read == 0 || *answers.borrow() != Upstream::Near {
                return Ok(());
            }
            to_near.write_all(&some[..read]).await?;
        }
    };
    tokio::select! {
        biased;
        _ = changes.wait_for(|is| *is == Upstream::Away) => Ok(()),
        ended = copy(&mut from_near, &mut to_far) => ended.map(|_| ()),
        ended = back => ended,
    }
}

/// Both, and the clock of the machine.
pub struct Surroundings {
    pub database: Arc<ToDatabase>,
    pub upstream: ToUpstream,
    /// Seconds that the machine's clock is ahead.
    pub ahead: Arc<AtomicI64>,
}

impl Surroundings {
    pub async fn of(simulator: &Running) -> Self {
        let (database, upstream) = (Arc::default(), ToUpstream::of(simulator).await);
        Self { database, upstream, ahead: Arc::default() }
    }

    pub fn suffer(&self, trouble: Trouble) {
        let is = match trouble {
            Trouble::UpstreamAway => Upstream::Away,
            Trouble::LostUpstreamAnswers => Upstream::LosesAnswers,
            _ => return self.database.add(trouble),
        };
        self.upstream.is.send_replace(is);
    }

    /// What one step made of it is over.
    pub fn heal(&self) {
        self.database.heal();
        self.upstream.is.send_replace(Upstream::Near);
    }
}
