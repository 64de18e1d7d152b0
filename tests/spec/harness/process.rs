use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread,
};

use nhost_auth_simulator::{Options, Running, Simulator};
use tokio::sync::watch;

use super::{KEYS, LIMIT, SERVICE_SECRET};

/// One certificate authority, which has signed nothing.
const CERTIFICATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/auth/tests/certificates/rsa.pem");

/// The real binary with a certain command line and environment, and nothing else.
pub struct Binary {
    command: Command,
    folder: tempfile::TempDir,
}

impl Binary {
    /// `arguments` are separated by white space.
    pub fn new(arguments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Such as a release build, or that of another commit.
        let built = || env!("CARGO_BIN_EXE_provider-connections").into();
        let mut command = Command::new(std::env::var_os("TEST_SERVER").unwrap_or_else(built));
        command.args(arguments.split_whitespace()).env_clear().current_dir(folder.path());
        // Nobody is called by TLS. The machine's own certificates are hundreds of files, and take longer
        // to read than all else at a start.
        command.env("SSL_CERT_FILE", CERTIFICATE);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, folder }
    }

    /// `serve` on a free port with all that it needs.
    pub fn serve(simulator: &Running, database_url: &str) -> Self {
        Self::new("")
            .env("LISTEN", "127.0.0.1:0")
            .env("DATABASE_URL", database_url)
            .env("NHOST_AUTH_URL", simulator.base_url().as_str())
            .env("NHOST_JWT_SECRET", &simulator.jwt_secret_json())
            .env("ENCRYPTION_KEYS", KEYS)
            .env("SERVICE_SECRET", SERVICE_SECRET)
            // Nobody asks real providers whose the simulated tokens are.
            .env("ACCOUNT_LOOKUP", "off")
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// A write beyond [`Process::limit_file_size`] is an error, as on a full disk, and no signal
    /// that ends it.
    pub fn survives_full_disks(self) -> Self {
        self.after("trap '' XFSZ")
    }

    /// It may have so many files open, and can't raise that.
    pub fn with_open_files(self, number: usize) -> Self {
        self.after(&format!("ulimit -n {number}"))
    }

    /// The system would keep a copy of its memory where it crashes.
    pub fn with_core_dumps(self) -> Self {
        self.after("ulimit -S -c \"$(ulimit -H -c)\"")
    }

    /// With this umask, which says what is taken from the rights of new files.
    pub fn under_umask(self, umask: &str) -> Self {
        self.after(&format!("umask {umask}"))
    }

    /// That of another version.
    pub fn of(mut self, program: &OsStr) -> Self {
        let mut other = Command::new(program);
        other.args(self.command.get_args()).env_clear().current_dir(self.folder.path());
        let environment = self.command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        other.envs(environment);
        other.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command = other;
        self
    }

    /// A shell does this first, and then becomes the binary.
    fn after(mut self, first: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
        shell.arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        let environment = self.command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        shell.envs(environment).current_dir(self.folder.path());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command = shell;
        self
    }

    /// The folder that it runs in, which is empty.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn start(mut self) -> Process {
        let mut child = self.command.spawn().unwrap();
        let id = child.id();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let (ended, end) = watch::channel(None);
        thread::spawn(move || {
            let status = child.wait().unwrap();
            ended.send_replace(Some(status));
        });
        Process { id, stdout, stderr, end, _folder: self.folder }
    }

    /// Runs to its end by itself.
    pub async fn run(self) -> Ended {
        self.start().end().await
    }
}

/// A process of the binary. It is killed when this is dropped.
pub struct Process {
    id: u32,
    stdout: Output,
    stderr: Output,
    /// How, once it has ended.
    end: watch::Receiver<Option<ExitStatus>>,
    _folder: tempfile::TempDir,
}

/// A process that has ended, and all that it wrote.
#[derive(Debug)]
pub struct Ended {
    /// `None`: a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Process {
    /// Waits until the log has `text`, and answers the log so far.
    pub async fn logged(&mut self, text: &str) -> String {
        self.stderr.until(text).await
    }

    /// Waits until a line of the log has all of these words.
    pub async fn logged_line(&mut self, words: &[&str]) {
        self.stderr.until_line(words).await;
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.stderr.0.borrow().clone()
    }

    /// Waits until standard output has `text`, and answers the output so far.
    pub async fn printed(&mut self, text: &str) -> String {
        self.stdout.until(text).await
    }

    /// Waits until it serves, and answers where: `http://127.0.0.1:4000`.
    pub async fn url(&mut self) -> String {
        self.url_of("serving GraphQL at /graphql").await
    }

    /// Waits until the log has a line that says where something is served.
    pub async fn url_of(&mut self, message: &str) -> String {
        let log = self.logged(message).await;
        let line = log.lines().find(|line| line.contains(message)).unwrap();
        // `"address":"…"` in JSON, `address=…` in the pretty log.
        let address = line.split_once("address").unwrap().1;
        let address = address.trim_start_matches(['"', ':', '=']);
        let length = address.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
        format!("http://{}", &address[..length.unwrap_or(address.len())])
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    /// A file of what the system shows of it, below `/proc`.
    pub fn proc(&self, file: &str) -> Vec<u8> {
        let path = format!("/proc/{}/{file}", self.id());
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Memory that it has, in KiB (`VmRSS`).
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// Asks it to stop, as service managers do.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Kills it: it can't do anything about it.
    pub async fn kill(self) -> Ended {
        self.signal("-KILL");
        self.end().await
    }

    /// Stops it where it is (SIGSTOP): it does nothing, and keeps all that it has.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Lets no file that it writes grow beyond this many bytes; `unlimited` lifts that. It must
    /// have been started by [`Binary::survives_full_disks`].
    pub fn limit_file_size(&self, soft: &str) {
        let limit = format!("--fsize={soft}:unlimited");
        let done = Command::new("prlimit").args(["--pid", &self.id.to_string(), &limit]).status();
        assert!(done.unwrap().success(), "prlimit of util-linux is needed");
    }

    /// Asks it to stop, and waits for its end.
    pub async fn stop(self) -> Ended {
        self.terminate();
        self.end().await
    }

    /// Waits for its end.
    pub async fn end(mut self) -> Ended {
        let ended = tokio::time::timeout(LIMIT, self.end.wait_for(Option::is_some)).await;
        let code = ended.expect("it does not end").unwrap().and_then(|status| status.code());
        Ended { code, stdout: self.stdout.all().await, stderr: self.stderr.all().await }
    }

    fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.id.to_string()]).status().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.signal("-KILL");
        }
    }
}

/// What has been written so far; the channel closes at its end.
struct Output(watch::Receiver<String>);

impl Output {
    async fn until(&mut self, text: &str) -> String {
        self.until_line(&[text]).await
    }

    /// Waits until a line has all of these words.
    async fn until_line(&mut self, words: &[&str]) -> String {
        let says = |line: &str| words.iter().all(|word| line.contains(word));
        let written = self.0.wait_for(|written| written.lines().any(says));
        let written = tokio::time::timeout(LIMIT, written).await.map(Result::ok);
        match written.ok().flatten().map(|written| written.clone()) {
            Some(written) => written,
            None => panic!("it never wrote a line with {words:?}, but:\n{}", *self.0.borrow()),
        }
    }

    async fn all(&mut self) -> String {
        let never = self.0.wait_for(|_| false);
        let _ = tokio::time::timeout(LIMIT, never).await.expect("it keeps its output open");
        self.0.borrow().clone()
    }
}

fn collect(pipe: impl Read + Send + 'static) -> Output {
    let (written, output) = watch::channel(String::new());
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
            written.send_modify(|all| all.push_str(&String::from_utf8_lossy(&line)));
            line.clear();
        }
    });
    Output(output)
}

/// A simulator on the machine's own clock, which is the only one that a process has.
pub async fn simulator() -> Running {
    Simulator::start(Options::default(), ([127, 0, 0, 1], 0).into()).await.unwrap()
}
