//! What nobody has thought of: seeds from `tests/attack/corpus`, changed at random, in this process.
//! `FUZZ_RUNS` is how many of each kind, `FUZZ_SEED` another beginning. What fails is printed, and
//! becomes a seed once it is fixed.

mod mutate;
mod requests;
mod sockets;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

pub use mutate::Mutator;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// How many changed seeds are sent.
fn runs() -> usize {
    std::env::var("FUZZ_RUNS").map_or(2_000, |runs| runs.parse().unwrap())
}

fn mutator() -> Mutator {
    Mutator::new(std::env::var("FUZZ_SEED").map_or(12, |seed| seed.parse().unwrap()))
}

/// The files of a folder of the corpus, in order.
fn corpus(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attack/corpus").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// From here on it is known when any task of this process panics.
fn count_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(panic);
    }));
}

fn panics() -> usize {
    PANICS.load(Ordering::SeqCst)
}
