use super::{Fields, decode};
use crate::fuzz::{corpus, fuzz};

/// Whatever an upstream sends is read to its end, in bounded memory, and no token results that a
/// header could not carry.
#[test]
fn every_answer_is_read_and_no_token_is_made_up() {
    let seeds = corpus("upstream_answer");
    let mut tokens = 0;
    fuzz(&seeds, |input| {
        for encoding in ["", "gzip", "deflate, br"] {
            let (body, _) = decode(input.to_vec(), encoding);
            assert!(body.len() <= super::LIMIT);
            for cut in [false, true] {
                let fields = Fields::read(&body, cut);
                assert!(!(cut && fields.whole));
                for name in ["access_token", "accessToken", "refresh_token", "refreshToken"] {
                    let Some(token) = fields.token(name) else { continue };
                    tokens += 1;
                    assert!(!token.is_empty() && token.trim() == token, "{token:?}");
                    assert!(!token.chars().any(char::is_control), "{token:?}");
                }
            }
        }
    });
    assert!(tokens > 100, "{tokens}");
}
