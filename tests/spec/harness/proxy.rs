//! The network between a server and PostgreSQL, which a test can break.

mod frames;

use std::sync::{Arc, Mutex};

use frames::{Frame, Frames, is_transaction};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use url::Url;

use super::LIMIT;

/// Forwards to PostgreSQL, as long as it is told to. Dropping it cuts everything.
pub struct Proxy {
    address: std::net::SocketAddr,
    network: Arc<Network>,
    task: JoinHandle<()>,
}

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtCommit {
    /// PostgreSQL never gets the `COMMIT`, or the statement that is a transaction of its own: nothing is
    /// written.
    BeforeItIsSent,
    /// PostgreSQL has committed; its word of it is lost.
    BeforeItIsAnswered,
}

/// PostgreSQL says that it is ready, and in no transaction: whatever came before is committed.
const READY: &[u8] = b"Z\0\0\0\x05I";

struct Network {
    target: String,
    state: watch::Sender<State>,
    /// The ports that PostgreSQL sees (`pg_stat_activity.client_port`).
    ports: Mutex<Vec<u16>>,
    statements: Mutex<Vec<String>>,
    /// Connections on which something was sent while the network was frozen, and answers that come late.
    held_back: watch::Sender<usize>,
    /// What PostgreSQL said when it ended connections.
    errors: watch::Sender<String>,
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct State {
    refuses: bool,
    frozen: bool,
    /// How often everything was cut.
    cuts: usize,
    /// What happens to the next commit of tokens.
    at_commit: Option<AtCommit>,
    /// And whether everything is cut with it.
    goes_down: bool,
    /// In that nothing goes through.
    swallows_then: bool,
    /// A `LISTEN` is taken, and nothing ever comes, as at a pooler.
    deafens: bool,
    /// How often a statement that begins no transaction is cut off yet.
    cuts_others: u32,
    /// Nothing goes through, on new connections neither.
    swallows: bool,
    /// How often that began: connections that were open then are dead for ever.
    swallowings: usize,
    /// Round trips until it begins by itself, and whether the last of them is sent.
    swallows_after: Option<(usize, AtCommit)>,
    /// Connections are refused that set time limits for PostgreSQL, as by `PgBouncer`.
    refuses_options: bool,
    /// Words of the statement whose next answer comes late.
    delays: Option<&'static str>,
    /// How often such an answer was let through.
    delays_over: usize,
}

impl Proxy {
    /// A proxy to the server of this URL.
    pub async fn to(database_url: &str) -> Self {
        let url = Url::parse(database_url).unwrap();
        let network = Arc::new(Network {
            target: format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)),
            state: watch::Sender::default(),
            ports: Mutex::default(),
            statements: Mutex::default(),
            held_back: watch::Sender::default(),
            errors: watch::Sender::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(accept(listener, network.clone()));
        Self { address, network, task }
    }

    /// The same database, through this proxy.
    pub fn url(&self, database_url: &str) -> String {
        let mut url = Url::parse(database_url).unwrap();
        url.set_ip_host(self.address.ip()).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        // What is encrypted can't be read on the way.
        url.query_pairs_mut().append_pair("sslmode", "disable");
        // Form encoding writes a blank as `+`, which PostgreSQL's URLs don't know.
        String::from(url).replace('+', "%20")
    }

    /// Cuts every connection. New ones are let through.
    pub fn cut(&self) {
        self.change(|state| state.cuts += 1);
    }

    /// Nobody reaches the database any more.
    pub fn down(&self) {
        self.change(|state| {
            state.refuses = true;
            state.cuts += 1;
        });
    }

    /// The database is back.
    pub fn up(&self) {
        self.change(|state| state.refuses = false);
    }

    /// The database is back, as soon as somebody begins a transaction or has tried anything else
    /// three times: a commit that is tried again comes before any question that can be missed.
    pub fn up_for_a_transaction(&self) {
        self.change(|state| {
            state.refuses = false;
            state.cuts_others = 3;
        });
    }

    /// Whoever listens hears nothing, as behind a pooler.
    pub fn deafen(&self) {
        self.change(|state| state.deafens = true);
    }

    /// Every connection stays open, and nothing goes through, in either direction.
    pub fn freeze(&self) {
        self.change(|state| state.frozen = true);
    }

    /// The network swallows all that is sent, and tells nobody: connections that are open stay so
    /// for ever, and nothing goes through them any more; new ones are made, and nobody answers.
    pub fn swallow(&self) {
        self.change(State::swallow);
    }

    /// The network swallows everything from the `number`-th round trip on.
    pub fn swallow_at_trip(&self, number: usize, when: AtCommit) {
        self.change(|state| state.swallows_after = Some((number, when)));
    }

    /// The network swallows everything from the next commit of tokens on.
    pub fn swallow_at_commit(&self, at_commit: AtCommit) {
        self.change(|state| {
            state.at_commit = Some(at_commit);
            state.swallows_then = true;
        });
    }

    /// New connections go through again. Those that were open before are forgotten, as by a
    /// firewall that has started anew.
    pub fn restore(&self) {
        self.change(|state| {
            state.swallows = false;
            state.swallows_after = None;
        });
    }

    /// Whether it swallows.
    pub fn swallows(&self) -> bool {
        self.network.state.borrow().swallows
    }

    /// Nobody listens at this address any more, as where PostgreSQL is stopped.
    pub fn stop(&self) {
        self.task.abort();
        self.cut();
    }

    /// Connections are refused that set time limits for PostgreSQL, as by `PgBouncer`.
    pub fn refuse_options(&self) {
        self.change(|state| state.refuses_options = true);
    }

    /// The answer to the next statement with these words comes when the test says so.
    pub fn delay_answer(&self, words: &'static str) {
        self.change(|state| state.delays = Some(words));
    }

    /// Lets that answer through.
    pub fn end_delay(&self) {
        self.change(|state| state.delays_over += 1);
    }

    /// Waits until something was sent to the frozen network, or an answer is there that comes late.
    pub async fn holds_back(&self) {
        let mut held_back = self.network.held_back.subscribe();
        let holds_back = held_back.wait_for(|held_back| *held_back > 0);
        let _ = tokio::time::timeout(LIMIT, holds_back).await.expect("nothing was sent");
    }

    pub fn thaw(&self) {
        self.change(|state| state.frozen = false);
    }

    /// Cuts the connection of the next commit of tokens.
    pub fn cut_next(&self, at_commit: AtCommit) {
        self.change(|state| state.at_commit = Some(at_commit));
    }

    /// The same, and from that moment on nobody reaches the database.
    pub fn go_down(&self, at_commit: AtCommit) {
        self.change(|state| {
            state.at_commit = Some(at_commit);
            state.goes_down = true;
        });
    }

    /// SQL that ends every backend that this proxy leads to.
    pub fn terminate_backends(&self) -> String {
        let ports: Vec<_> = self.network.ports.lock().unwrap().iter().map(u16::to_string).collect();
        format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port IN ({})",
            ports.join(", ")
        )
    }

    /// Waits until PostgreSQL has ended a connection with these words.
    pub async fn refused(&self, words: &str) {
        let mut errors = self.network.errors.subscribe();
        let refused = errors.wait_for(|errors| errors.contains(words));
        let _ = tokio::time::timeout(LIMIT, refused).await.expect(words);
    }

    /// Every statement that was prepared or run so far.
    pub fn statements(&self) -> Vec<String> {
        self.network.statements.lock().unwrap().clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.network.change(change);
    }
}

impl State {
    fn swallow(&mut self) {
        self.swallows = true;
        self.swallowings += 1;
        self.swallows_after = None;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, network: Arc<Network>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if !network.state.borrow().refuses {
            tokio::spawn(forward(network.clone(), client));
        }
    }
}

/// Forwards until either side ends it, or the test does.
async fn forward(network: Arc<Network>, mut client: TcpStream) -> Option<()> {
    let mut state = network.state.subscribe();
    let (born, swallowings) = {
        let now = state.borrow_and_update();
        (now.cuts, now.swallowings)
    };
    if state.borrow().swallows {
        return until_cut(state, born).await;
    }
    let mut server = TcpStream::connect(&network.target).await.ok()?;
    let _port = Port::open(&network, server.local_addr().ok()?.port());
    client.set_nodelay(true).ok()?;
    server.set_nodelay(true).ok()?;
    let mut frames = Frames::default();
    let (mut sent, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut kept = Kept::default();
    loop {
        let now = *state.borrow_and_update();
        if let Some(late) = kept.is_due(now.delays_over) {
            client.write_all(&late).await.ok()?;
        }
        if now.cuts != born {
            return None;
        }
        if now.swallowings != swallowings {
            // Both sides stay open.
            return until_cut(state, born).await;
        }
        if now.frozen {
            tokio::select! {
                changed = state.changed() => changed.ok()?,
                sent = client.readable() => {
                    sent.ok()?;
                    network.held_back.send_modify(|held_back| *held_back += 1);
                    state.changed().await.ok()?;
                }
            }
            continue;
        }
        tokio::select! {
            changed = state.changed() => changed.ok()?,
            length = client.read(&mut sent) => {
                let length = length.ok().filter(|length| *length > 0)?;
                let batch = frames.push(&sent[..length]);
                if now.refuses_options && batch.iter().any(Frame::sets_limits) {
                    client.write_all(frames::REFUSAL).await.ok()?;
                    return None;
                }
                let swallowed = network.travel(batch.iter().filter(|frame| frame.is_trip()).count());
                if swallowed == Some(AtCommit::BeforeItIsSent) {
                    network.change(State::swallow);
                    continue;
                }
                for mut frame in batch {
                    if now.deafens {
                        frame.listen_elsewhere();
                    }
                    let statement = frame.statement();
                    if statement.as_ref().is_some_and(|sql| network.cuts_off(sql)) {
                        return None;
                    }
                    if network.delays(&frame) {
                        kept.late = Some((Vec::new(), now.delays_over));
                    }
                    match network.pass(statement, frame.commits()) {
                        None => {}
                        Some(AtCommit::BeforeItIsSent) => {
                            if network.has_cut() {
                                return until_cut(state, born).await;
                            }
                            return None;
                        }
                        Some(AtCommit::BeforeItIsAnswered) => kept.lost = Some(Vec::new()),
                    }
                    server.write_all(&frame.bytes).await.ok()?;
                }
                if swallowed.is_some() {
                    network.change(State::swallow);
                }
            }
            length = server.read(&mut answered) => {
                let answer = &answered[..length.ok().filter(|length| *length > 0)?];
                let words = String::from_utf8_lossy(answer);
                if words.contains("SFATAL") {
                    network.errors.send_modify(|errors| errors.push_str(&words));
                }
                match kept.take(answer, &network) {
                    Then::Send => client.write_all(answer).await.ok()?,
                    Then::Keep => {}
                    Then::Cut if network.has_cut() => return until_cut(state, born).await,
                    Then::Cut => return None,
                }
            }
        }
    }
}

/// Answers of PostgreSQL that the client does not get, or not yet.
#[derive(Default)]
struct Kept {
    /// To a commit whose client is not to learn of it.
    lost: Option<Vec<u8>>,
    /// One that comes late, and how often one was let through before.
    late: Option<(Vec<u8>, usize)>,
}

/// What happens with an answer.
enum Then {
    Send,
    Keep,
    /// With the connection.
    Cut,
}

impl Kept {
    fn take(&mut self, answer: &[u8], network: &Network) -> Then {
        if let Some(lost) = &mut self.lost {
            lost.extend_from_slice(answer);
            let is_whole = lost.windows(READY.len()).any(|message| message == READY);
            return if is_whole { Then::Cut } else { Then::Keep };
        }
        let Some((late, _)) = &mut self.late else { return Then::Send };
        late.extend_from_slice(answer);
        if late.ends_with(READY) {
            network.held_back.send_modify(|held_back| *held_back += 1);
        }
        Then::Keep
    }

    /// The late answer, once it may come.
    fn is_due(&mut self, delays_over: usize) -> Option<Vec<u8>> {
        let late = self.late.take_if(|(_, before)| delays_over > *before);
        late.map(|(answer, _)| answer)
    }
}

/// Keeps what the caller holds open.
async fn until_cut(mut state: watch::Receiver<State>, born: usize) -> Option<()> {
    state.wait_for(|now| now.cuts != born).await.ok()?;
    None
}

/// A port that PostgreSQL sees, as long as the connection lasts.
struct Port<'a>(&'a Network, u16);

impl<'a> Port<'a> {
    fn open(network: &'a Network, port: u16) -> Self {
        network.ports.lock().unwrap().push(port);
        Self(network, port)
    }
}

impl Drop for Port<'_> {
    fn drop(&mut self) {
        self.0.ports.lock().unwrap().retain(|port| *port != self.1);
    }
}

impl Network {
    /// Whether a transaction is awaited, and this is none.
    fn cuts_off(&self, statement: &str) -> bool {
        self.state.send_if_modified(|state| {
            let cuts_off = state.cuts_others > 0 && !is_transaction(statement);
            state.cuts_others = if cuts_off { state.cuts_others - 1 } else { 0 };
            cuts_off
        })
    }

    /// Whether this is the statement whose answer comes late.
    fn delays(&self, frame: &Frame) -> bool {
        let mut delays = false;
        self.state.send_if_modified(|state| {
            delays = state.delays.take_if(|words| frame.runs(words)).is_some();
            false
        });
        delays
    }

    /// Remembers the statement, and says whether its connection is to be cut.
    fn pass(&self, statement: Option<String>, commits: bool) -> Option<AtCommit> {
        self.statements.lock().unwrap().extend(statement);
        self.state.borrow().at_commit.filter(|_| commits)
    }

    /// Counts round trips, and says whether the network swallows from this one on.
    fn travel(&self, trips: usize) -> Option<AtCommit> {
        let mut swallowed = None;
        self.state.send_if_modified(|state| {
            if let Some((left, when)) = &mut state.swallows_after {
                *left = left.saturating_sub(trips);
                swallowed = (*left == 0).then_some(*when);
            }
            false
        });
        swallowed
    }

    /// Does what was to be done at a commit; answers whether its connection stays open.
    fn has_cut(&self) -> bool {
        let mut swallows = false;
        self.change(|state| {
            state.at_commit = None;
            swallows = std::mem::take(&mut state.swallows_then);
            if swallows {
                state.goes_down = false;
                state.swallow();
            } else if std::mem::take(&mut state.goes_down) {
                state.refuses = true;
                state.cuts += 1;
            }
        });
        swallows
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }
}
