//! All stored tokens are encrypted again, with the second of the server's keys.

use std::time::Instant;

use super::Scene;
use crate::{Result, process::output, results::Round, scenarios::Stand};

/// Reads while it runs. Returns also how many values it encrypted a second.
pub async fn read(stand: &Stand, scene: &Scene) -> Result<(Round, f64)> {
    let [first, second] = &scene.keys;
    let rotate_to = |keys: String| {
        let mut rotate = scene.server.command(&["keys", "rotate"]);
        rotate.env("ENCRYPTION_KEYS", keys);
        rotate
    };
    // What the round before left under the second key.
    output(&mut rotate_to(format!("{first},{second}")))?;
    let mut rotate = rotate_to(format!("{second},{first}"));
    let rotation = async {
        let begin = Instant::now();
        let report = tokio::task::spawn_blocking(move || output(&mut rotate)).await?;
        // A server that still encrypts with the first key leaves something to do, which counts as a failure.
        let report = report.unwrap_or_else(|error| error.to_string());
        let values = resealed(&report).ok_or(format!("the keys were not rotated: {report}"))?;
        Ok(f64::from(values) / begin.elapsed().as_secs_f64())
    };
    scene.read(stand, &scene.server, &scene.list, rotation).await
}

/// Of `20000 values were re-encrypted with the key k2.`
fn resealed(report: &str) -> Option<u32> {
    let line = report.lines().find(|line| line.contains(" values were re-encrypted "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_values_is_read() {
        let report =
            "failed with exit status: 1:\n20006 values were re-encrypted with the key k2.\n";
        assert_eq!(resealed(report), Some(20_006));
        assert_eq!(resealed("the encryption keys can't be checked"), None);
    }
}
