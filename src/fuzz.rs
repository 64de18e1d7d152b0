//! A fuzzer within the tests. It damages, combines and makes up inputs from a corpus of good ones
//! and feeds them to a reader, whose promises must hold for all of them.
//!
//! The normal tests run a few thousand inputs, the same in every run. `FUZZ_CASES` changes their
//! number, and `FUZZ_SECONDS` sets a time instead; `FUZZ_SEED` selects other inputs. A failure
//! prints its input: add it to `tests/corpus`.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    time::{Duration, Instant},
};

const CASES: u64 = 3_000;
/// A longer input shows nothing that a shorter one does not.
const LONGEST: usize = 16 * 1024;

/// Pieces that often break readers.
const PIECES: [&[u8]; 30] = [
    b"\"",
    b"\\",
    b"\\\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b".",
    b"..",
    b"=",
    b"&",
    b"%2e",
    b"%00",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"\r\n\r\n",
    b"                ",
];

/// The files of `tests/corpus/<name>`, ordered by name.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let files: Vec<_> = files.into_iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!files.is_empty(), "the corpus {name} has no file");
    files
}

/// Tries the whole corpus unchanged, and then inputs made from it.
pub fn fuzz(corpus: &[Vec<u8>], mut holds: impl FnMut(&[u8])) {
    let mut holds = |input: &[u8]| {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| holds(input))) {
            eprintln!("the input was b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
    };
    for input in corpus {
        holds(input);
    }
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let cases = number("FUZZ_CASES").unwrap_or(CASES);
    let mut random = SplitMix(number("FUZZ_SEED").unwrap_or_default());
    let mut tried = 0;
    while until.map_or(tried < cases, |until| Instant::now() < until) {
        let mut input = random.of(corpus).clone();
        for _ in 0..=random.below(4) {
            random.change(&mut input, corpus);
        }
        input.truncate(LONGEST);
        holds(&input);
        tried += 1;
    }
    eprintln!("{tried} inputs");
}

/// The same numbers in every run (Steele, Lea and Flood, 2014): they only have to be well mixed.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 for a limit of 0.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).expect("it is below a usize")
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(64) + 1)
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let length = input.len();
        let at = self.below(length + 1);
        match self.below(9) {
            0 if length > 0 => input[at.min(length - 1)] ^= 1 << self.below(8),
            1 if length > 0 => input[at.min(length - 1)] = self.next().to_le_bytes()[0],
            2 => input.truncate(at),
            3 => drop(input.drain(self.range(length))),
            4 => {
                let piece = *self.of(&PIECES);
                input.splice(at..at, piece.iter().copied());
            }
            5 => {
                let piece = *self.of(&PIECES);
                input.splice(self.range(length), piece.iter().copied());
            }
            6 => {
                let again = input[self.range(length)].to_vec();
                let times = 1 + self.below(40);
                input.splice(at..at, again.repeat(times));
            }
            7 => {
                let other = self.of(corpus);
                let piece = other[self.range(other.len())].to_vec();
                input.splice(self.range(length), piece);
            }
            _ => {
                let other = self.of(corpus);
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}
