use std::io::{BufReader, Cursor, Read};

use domain::Provider;

use super::{Format, Numbered, Problem, ProviderNames, rows};

const ROW: &str = r#"{"userId":"u","provider":"google","refreshToken":"a \"quoted\" } and [ \\"},"#;

/// A file that has no end.
struct Endless<'a> {
    repeated: &'a [u8],
    at: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.repeated.len() - self.at);
        buffer[..count].copy_from_slice(&self.repeated[self.at..self.at + count]);
        self.at = (self.at + count) % self.repeated.len();
        Ok(count)
    }
}

fn read(text: &str, format: Format) -> Vec<Numbered> {
    let names = ProviderNames::default();
    let read = rows(Cursor::new(text.to_owned()), format, &names).unwrap();
    read.map(Result::unwrap).collect()
}

fn lines(numbered: &[Numbered]) -> Vec<u64> {
    numbered.iter().map(|numbered| numbered.line).collect()
}

fn problems(numbered: &[Numbered]) -> Vec<Option<Problem>> {
    numbered.iter().map(|numbered| numbered.row.as_ref().err().copied()).collect()
}

#[test]
fn an_endless_file_is_read_a_row_at_a_time() {
    let names = ProviderNames::default();
    let line = format!("{}\n", ROW.trim_end_matches(','));
    let csv = "userId,provider,refreshToken\nu,google,t\n";
    for (first, repeated) in [("[", ROW), ("", &line), (csv, "u,google,t\n")] {
        let endless = Endless { repeated: repeated.as_bytes(), at: 0 };
        let file = BufReader::new(Cursor::new(first).chain(endless));
        let read: Vec<_> = rows(file, Format::Jsonl, &names).unwrap().take(10_000).collect();
        assert!(read.iter().all(|row| row.as_ref().unwrap().row.is_ok()), "{repeated}");
    }
}

#[test]
fn rows_have_the_line_that_they_begin_at() {
    let array = format!("\u{feff}\n[\n {ROW}\n\n{{\n}}\n, 7 , {{\"a\": [{{}}]}}]\n");
    let read = read(&array, Format::Jsonl);
    assert_eq!(lines(&read), [3, 5, 7, 7]);
    let no_user = Some(Problem::NoUser);
    assert_eq!(problems(&read), [None, no_user, Some(Problem::NotJson), no_user]);
}

#[test]
fn csv_has_line_breaks_in_quotes_and_rows_that_are_broken() {
    let csv =
        "user_id,provider_id,refresh_token\nu,google,\"a\nb\"\nu,google\nu,google,t\n,google,t\n";
    let read = read(csv, Format::HasuraAuth);
    assert_eq!(lines(&read), [2, 4, 5, 6]);
    let expected = [None, Some(Problem::NotCsv), None, Some(Problem::NoUser)];
    assert_eq!(problems(&read), expected);
}

#[test]
fn an_empty_file_has_no_rows() {
    for text in ["", "\n \n", "[]", "userId,provider,refreshToken\n"] {
        assert_eq!(lines(&read(text, Format::Jsonl)), [0; 0], "{text:?}");
    }
}

#[test]
fn an_array_that_is_cut_off_says_so() {
    let read = read(r#"[{"userId":"u","provider":"google""#, Format::Jsonl);
    assert_eq!(problems(&read), [Some(Problem::NotJson)]);
}

#[test]
fn other_systems_names_mean_nhosts_providers() {
    let names = ProviderNames::with(&["Our_Google=google".to_owned()]).unwrap();
    for (name, provider) in [
        ("google", Some(Provider::Google)),
        ("GitHub", Some(Provider::Github)),
        ("azure-ad", Some(Provider::Entraid)),
        ("azuread", Some(Provider::Azuread)),
        ("microsoft", Some(Provider::Entraid)),
        ("google-calendar", Some(Provider::Google)),
        ("our_google", Some(Provider::Google)),
        ("salesforce", None),
    ] {
        assert_eq!(names.find(name), provider, "{name}");
    }
    assert!(ProviderNames::with(&["google".to_owned()]).is_err());
}

#[test]
fn debug_shows_no_token() {
    let shown = format!("{:?}", read(&ROW[..ROW.len() - 1], Format::Jsonl));
    assert!(!shown.contains("quoted"), "{shown}");
}
