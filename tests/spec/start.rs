//! A start reads what it needs once, takes no more memory than it uses, and says what is missing.

use std::{fs, process::Command, thread};

use crate::harness::{Binary, Database, simulator};

/// Any certificate can be an authority here: nobody is called.
const CERTIFICATE: &str = include_str!("../../src/auth/tests/certificates/rsa.pem");

#[tokio::test]
async fn the_certificate_authorities_of_the_machine_are_read_once() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let binary = Binary::serve(&simulator, &database.url);
    // What is in a pipe can be read once: the second who opens it never gets anything.
    let pipe = binary.folder().join("authorities.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut process = binary
        .env("SSL_CERT_FILE", pipe.to_str().unwrap())
        .env("WEBHOOK_URL", "https://backend.example.com/webhooks")
        .env("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .start();
    let written = thread::spawn(move || fs::write(pipe, CERTIFICATE));
    process.url().await;
    written.join().unwrap().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_is_not_rounded_up_to_huge_pages() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let mut process = Binary::serve(&simulator, &database.url).start();
    process.url().await;
    let memory = fs::read_to_string(format!("/proc/{}/smaps_rollup", process.id())).unwrap();
    let huge = memory.lines().find_map(|line| line.strip_prefix("AnonHugePages:"));
    assert_eq!(huge.map(str::trim), Some("0 kB"), "{memory}");
}

#[tokio::test]
async fn a_machine_without_certificate_authorities_is_an_error_of_the_start() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let serve = Binary::serve(&simulator, &database.url);
    let ended = serve.env("SSL_CERT_FILE", "missing.pem").run().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("the TLS roots of this machine can't be read"), "{ended:?}");
}
