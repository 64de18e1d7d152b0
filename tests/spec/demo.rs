//! `demo`: what a newcomer sees first works as it is printed, and nothing of it stays.

use std::{fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::harness::{Binary, Process};

/// `demo` on free ports, with a folder for its temporary files.
async fn demo(temporary: &Path) -> (Process, String) {
    let mut process = Binary::new("demo --listen 127.0.0.1:0 --simulator-listen 127.0.0.1:0")
        .env("TMPDIR", temporary.to_str().unwrap())
        .start();
    let printed = process.printed("nothing is left behind").await;
    (process, printed)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// What stands between `before` and `after`, where they first do.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} behind {before} in {text}")).0
}

/// Where the server is: `http://127.0.0.1:4000/`.
fn server(printed: &str) -> String {
    between(printed, "provider-connections is at  ", "graphql").to_owned()
}

#[tokio::test]
async fn check_walks_through_the_main_job_and_prints_each_step() {
    let temporary = tempfile::tempdir().unwrap();
    let ended =
        Binary::new("demo --check").env("TMPDIR", temporary.path().to_str().unwrap()).run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let lines: Vec<_> = ended.stdout.lines().collect();
    let (last, steps) = lines.split_last().unwrap();
    assert_eq!(*last, format!("All {} steps went well.", steps.len()));
    for (line, number) in steps.iter().zip(1..) {
        assert!(line.trim_start().starts_with(&format!("{number}. ")), "{line}");
    }
    let mut rest = steps.iter();
    for step in [
        "a call without a JWT is refused: jwt-missing",
        "the user signs in with Google at Nhost Auth",
        "connectProvider fetches the session and keeps it: ACTIVE",
        "a second connectProvider answers the same",
        "providerConnections lists it, with an access token",
        "the provider's API takes the access token: 200",
        "reading it refreshes it first, and the provider takes the new one: 200",
        "refreshProviderToken renews it at once, with the rotated refresh token: 200",
        "with Google down a refresh fails, and says when to try again: UPSTREAM_UNAVAILABLE",
        "meanwhile the token that is alive is still handed out: REFRESH_FAILING",
        "with Google back the next refresh heals it: ACTIVE",
        "a neighbour's revoked grant hurts nobody else: ACTIVE",
        "a revoked grant ends as such: REAUTHENTICATION_REQUIRED",
        "ACTIVE",
        "another account without a refresh token never gets the first one's token: NOT_REFRESHABLE",
        "disconnectProvider removes it: 0 left",
    ] {
        assert!(rest.any(|line| line.contains(step)), "{step}, in this order: {steps:#?}");
    }
    assert!(is_empty(temporary.path()));
}

#[tokio::test]
async fn the_lines_that_it_prints_work_when_they_are_pasted() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    let jwt = between(&printed, "export JWT=", "\n");
    let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(lines.len(), 3, "{printed}");
    let mut answers = Vec::new();
    for line in lines {
        let header = between(line, "-H \"", "\"").replace("$JWT", jwt);
        let (name, value) = header.split_once(": ").unwrap();
        let (other_name, other_value) = between(line, "-H '", "'").split_once(": ").unwrap();
        let request = reqwest::Client::new()
            .post(between(line, "curl -s ", " "))
            .header(name, value)
            .header(other_name, other_value)
            .body(between(line, "-d '", "'").to_owned());
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{line}: {answer}");
        answers.push(answer["data"].clone());
    }
    assert_eq!(answers[0]["connectProvider"]["status"], "ACTIVE");
    let listed = &answers[1]["providerConnections"][0];
    assert_eq!((&listed["provider"], &listed["status"]), (&"google".into(), &"ACTIVE".into()));
    let refreshed = &answers[2]["refreshProviderToken"]["accessToken"];
    assert!(refreshed.is_string() && *refreshed != listed["accessToken"], "{answers:?}");
    // It is a day's: nobody reads the lines and pastes them within 15 minutes.
    let claims = jwt.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let ends = DateTime::<Utc>::from_timestamp(claims["exp"].as_i64().unwrap(), 0).unwrap();
    let now = provider_connections::clock::Clock::system().now();
    assert!(ends - now > TimeDelta::hours(23), "{ends}");
    assert_eq!(process.stop().await.code, Some(0));
}

#[tokio::test]
async fn its_page_runs_files_of_its_own_and_nothing_else() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    let page = reqwest::get(server(&printed)).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let simulator = between(&printed, "a simulated Nhost Auth at   ", "/v1");
    let own_websocket = server(&printed).replace("http:", "ws:");
    let mut policy: Vec<_> =
        page.headers()["content-security-policy"].to_str().unwrap().split("; ").collect();
    policy.sort_unstable();
    assert_eq!(
        policy,
        [
            "base-uri 'none'",
            &format!("connect-src 'self' {} {simulator}", own_websocket.trim_end_matches('/')),
            "default-src 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "img-src 'self' data:",
            "require-trusted-types-for 'script'",
            "script-src 'self'",
            "style-src 'self'",
            "trusted-types 'none'",
        ]
    );
    let html = page.text().await.unwrap();
    assert!(!html.contains("{{"), "nothing is left to fill in");
    assert!(!html.contains("<style") && !html.contains(" style="), "no style in the page");
    for tag in html.split("<script").skip(1) {
        let (attributes, code) = tag.split_once('>').unwrap();
        assert!(attributes.contains(" src=\"/") && code.starts_with("</script>"), "{tag:.80}");
    }
    assert_eq!(process.stop().await.code, Some(0));
}

/// Every address in double or single quotes that a page, a style sheet or a module loads.
fn loaded(file: &str, text: &str) -> Vec<String> {
    let quoted = |before: &'static str| {
        let (before, quote) = (before, before.chars().last().unwrap());
        text.split(before).skip(1).map(move |rest| rest.split(quote).next().unwrap().to_owned())
    };
    if file == "/" {
        ["src=\"", "rel=\"icon\" href=\"", "rel=\"stylesheet\" href=\""]
            .into_iter()
            .flat_map(quoted)
            .collect()
    } else {
        ["from '", "import '"].into_iter().flat_map(quoted).collect()
    }
}

#[tokio::test]
async fn all_that_its_page_loads_is_served_by_itself_and_names_nobody_else() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    let base: url::Url = server(&printed).parse().unwrap();
    let simulator = between(&printed, "a simulated Nhost Auth at   ", "/v1");
    let mut seen = vec!["/".to_owned()];
    let mut next = 0;
    while let Some(path) = seen.get(next).cloned() {
        next += 1;
        let response = reqwest::get(base.join(&path).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let wanted = match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(media_type, wanted, "{path}");
        let text = response.text().await.unwrap();
        // A name space and an app's client id are no addresses to load from.
        let names = ["http://www.w3.org/2000/svg", "https://agent.example/client.json", simulator];
        let text = names.iter().fold(text, |text, name| text.replace(name, ""));
        // The element has its own tests; it is served as the npm package ships it.
        if !path.starts_with("/elements/") {
            for address in ["http://", "https://", "ws://", "wss://", "=\"//"] {
                assert!(!text.contains(address), "{path} has {address}");
            }
        }
        for found in loaded(&path, &text) {
            let found = base.join(&path).unwrap().join(&found).unwrap();
            assert_eq!(found.origin(), base.origin(), "{path} loads {found}");
            if !seen.iter().any(|path| path == found.path()) {
                seen.push(found.path().to_owned());
            }
        }
    }
    for name in fs::read_dir("src/cli/demo/page").unwrap() {
        let name = name.unwrap().file_name().into_string().unwrap();
        if !["index.html", "package.json"].contains(&name.as_str()) {
            assert!(
                seen.contains(&format!("/demo/{name}")),
                "{name} is loaded by nobody: {seen:?}"
            );
        }
    }
    assert!(seen.contains(&"/elements/provider-connections.js".to_owned()), "{seen:?}");
    assert_eq!(reqwest::get(base.join("/demo/more.js").unwrap()).await.unwrap().status(), 404);
    assert_eq!(process.stop().await.code, Some(0));
}

/// Every address that a page loads.
fn addresses(html: &str) -> Vec<&str> {
    [" src=\"", " href=\""]
        .into_iter()
        .flat_map(|before| html.split(before).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn its_graphiql_comes_out_of_the_binary_and_loads_nothing_from_elsewhere() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    let base: url::Url = server(&printed).parse().unwrap();
    let page = reqwest::get(base.join("graphiql").unwrap()).await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("http"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("{{"), "nothing is left to fill in");
    let addresses = addresses(&html);
    assert!(addresses.iter().any(|address| address.contains(".js")), "{addresses:?}");
    for address in addresses.into_iter().filter(|address| !address.starts_with("data:")) {
        assert!(address.starts_with("/graphiql/"), "{address}");
        let file = reqwest::get(base.join(address).unwrap()).await.unwrap();
        assert_eq!(file.status(), 200, "{address}");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff", "{address}");
        assert!(!file.bytes().await.unwrap().is_empty(), "{address}");
    }
    let missing = reqwest::get(base.join("graphiql/assets/more.js").unwrap()).await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(process.stop().await.code, Some(0));
}

#[tokio::test]
async fn its_backend_receives_webhooks_verifies_them_and_refuses_forged_ones() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", server(&printed));
    let answer: Value = http
        .post(url("graphql"))
        .bearer_auth(between(&printed, "export JWT=", "\n"))
        .json(&serde_json::json!({ "query": "mutation { connectProvider(provider: google) { userId } }" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let user = answer["data"]["connectProvider"]["userId"].clone();
    let received = async || -> Vec<Value> {
        let answer: Value =
            http.get(url("demo/webhooks")).send().await.unwrap().json().await.unwrap();
        answer["webhooks"].as_array().unwrap().clone()
    };
    loop {
        let of_user = received().await.into_iter().find(|webhook| webhook["userId"] == user);
        if let Some(webhook) = of_user {
            assert_eq!(webhook["type"], "connection.connected");
            assert_eq!(webhook["verified"], true);
            break;
        }
        tokio::task::yield_now().await;
    }
    let forged = http.post(url("demo/webhooks/forged")).send().await.unwrap();
    assert_eq!(forged.json::<Value>().await.unwrap()["status"], 401);
    let received = received().await;
    let refused: Vec<_> = received.iter().filter(|webhook| webhook["verified"] == false).collect();
    assert_eq!(refused.len(), 1, "{received:?}");
    assert_eq!(process.stop().await.code, Some(0));
}

#[tokio::test]
async fn it_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let (process, printed) = demo(temporary.path()).await;
    assert!(!is_empty(temporary.path()), "the database is there while it runs");
    let ended = process.stop().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    assert!(is_empty(temporary.path()));
    assert!(reqwest::get(server(&printed)).await.is_err_and(|error| error.is_connect()));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_flag_that_sets_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    for (flag, other) in [("--listen", "--simulator-listen"), ("--simulator-listen", "--listen")] {
        let temporary = tempfile::tempdir().unwrap();
        let ended = Binary::new(&format!("demo {flag} {taken} {other} 127.0.0.1:0"))
            .env("TMPDIR", temporary.path().to_str().unwrap())
            .run()
            .await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(&format!("can't listen on {taken}")), "{ended:?}");
        assert!(ended.stderr.contains(flag), "{flag}: {ended:?}");
        assert!(is_empty(temporary.path()));
    }
}
