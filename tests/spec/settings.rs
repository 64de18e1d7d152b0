//! Settings: every mistake at once, each with what to do, and never a secret.

use std::fs;

use crate::harness::{Binary, Ended, KEYS, SERVICE_SECRET};

const JWT_SECRET: &str = r#"{"type":"HS256","key":"a-key-of-an-app-that-is-long-enough"}"#;

/// `serve` with good settings but for a database that can't be opened: settings that are wrong are
/// found before it is tried, and settings that are right lead to it.
fn serve() -> Binary {
    Binary::new("")
        .env("NHOST_AUTH_URL", "http://127.0.0.1:9/v1")
        .env("NHOST_JWT_SECRET", JWT_SECRET)
        .env("ENCRYPTION_KEYS", KEYS)
        .env("DATABASE_URL", "sqlite://no/such/folder/file.db")
        .env("LISTEN", "127.0.0.1:0")
}

/// The mistakes on the list.
#[track_caller]
fn mistakes(ended: &Ended) -> Vec<&str> {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.starts_with("provider-connections: the settings have "), "{ended:?}");
    ended.stderr.lines().skip(1).map(|line| line.strip_prefix("  - ").unwrap()).collect()
}

#[track_caller]
fn accepted(ended: &Ended) {
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("SQLite can't be opened"), "{ended:?}");
}

#[tokio::test]
async fn without_any_the_list_has_what_it_takes() {
    let ended = Binary::new("serve").run().await;
    let list = mistakes(&ended);
    assert_eq!(list.len(), 3, "{list:#?}");
    for (mistake, name, what_to_do) in [
        (list[0], "NHOST_AUTH_URL", "NHOST_SUBDOMAIN and NHOST_REGION"),
        (list[1], "NHOST_JWT_SECRET", "the JWT secret of your Nhost project"),
        (list[2], "ENCRYPTION_KEYS", "provider-connections keys generate"),
    ] {
        assert!(mistake.starts_with(&format!("{name} is missing: ")), "{mistake}");
        assert!(mistake.contains(what_to_do), "{mistake}");
    }
}

#[tokio::test]
async fn no_command_is_serve() {
    let serve = Binary::new("serve").run().await;
    let none = Binary::new("").run().await;
    assert_eq!((none.code, none.stderr), (serve.code, serve.stderr));
    let flag = Binary::new("--listen nonsense").run().await;
    assert!(mistakes(&flag)[0].starts_with("LISTEN is \"nonsense\""), "{flag:?}");
}

#[tokio::test]
async fn every_mistake_is_listed_with_what_to_do() {
    let ended = Binary::new("serve")
        .env("LISTEN", "4000")
        .env("DATABASE_URL", "mysql://root:planted-secret@localhost/app")
        .env("DATABASE_DIRECT_URL", "postgres://app:planted-secret@[/app")
        .env("DATABASE_MAX_CONNECTIONS", "0")
        .env("NHOST_AUTH_URL", "ftp://auth.example.com")
        .env("NHOST_AUTH_PUBLIC_URL", "auth.example.com")
        .env("NHOST_JWT_SECRET", r#"{"type":"HS257","key":"planted-secret"}"#)
        .env("ENCRYPTION_KEYS", "planted-secret,one:cGxhbnRlZC1zZWNyZXQ=,two:planted-secret!")
        .env("SERVICE_SECRET", "planted-secret")
        .env("INTROSPECTION", "everyone")
        .env("GRAPHIQL", "perhaps")
        .env("ACCOUNT_LOOKUP", "true")
        .env("METRICS_LISTEN", "9090")
        .env("EVENT_RETENTION", "23h")
        .env("SHUTDOWN_TIMEOUT", "0")
        .env("TRUSTED_PROXIES", "10.0.0.1, proxy, 0.0.0.0/0")
        .env("ALLOWED_HOSTS", "tool.example.com, https://tool.example.com, 10.0.0.1, a:4000")
        .env("CORS_ALLOWED_ORIGINS", "https://app.example.com/, app.example.com, *")
        .env("FRAME_ALLOWED_ORIGINS", "https://*.example.com, https://a;sandbox, 'self', *")
        .env("REDIRECT_ALLOWED_URLS", "https://app.example.com, app.example.com, *")
        .env("SIGN_IN_PARAMS", "access_type=offline")
        .run()
        .await;
    let list = mistakes(&ended);
    for expected in [
        "LISTEN is \"4000\": write ADDRESS:PORT, such as 0.0.0.0:4000",
        "DATABASE_URL begins with neither sqlite:// nor postgres://",
        "DATABASE_DIRECT_URL is not a URL that can be read",
        "DATABASE_MAX_CONNECTIONS is 0: write a number of 1 or more",
        "NHOST_AUTH_URL is \"ftp://auth.example.com\": write a URL such as",
        "NHOST_AUTH_PUBLIC_URL is \"auth.example.com\": write a URL such as",
        "NHOST_JWT_SECRET: ",
        "ENCRYPTION_KEYS: entry 1 is not of the form `id:base64`",
        "ENCRYPTION_KEYS: entry 2 has a key of 14 bytes instead of 32",
        "ENCRYPTION_KEYS: entry 3 has a key that is not base64",
        "SERVICE_SECRET is shorter than 32 characters: create one with `openssl rand -hex 32`",
        "INTROSPECTION is \"everyone\": write one of public, service, off",
        "METRICS_LISTEN is \"9090\"",
        "EVENT_RETENTION is \"23h\": write a duration from 1day to 100years, such as 30d",
        "SHUTDOWN_TIMEOUT is \"0\": write a duration from 1s to 1h, such as 30d",
        "TRUSTED_PROXIES has \"proxy\": an entry is an IP address or a network",
        "TRUSTED_PROXIES has \"0.0.0.0/0\": that is every address",
        "GRAPHIQL is \"perhaps\": write one of true, false",
        "ACCOUNT_LOOKUP is \"true\": write one of on, off",
        "ALLOWED_HOSTS has \"https://tool.example.com\": write a host name without",
        "ALLOWED_HOSTS has \"10.0.0.1\"",
        "ALLOWED_HOSTS has \"a:4000\"",
        "CORS_ALLOWED_ORIGINS has \"https://app.example.com/\"",
        "CORS_ALLOWED_ORIGINS has \"app.example.com\"",
        "CORS_ALLOWED_ORIGINS has \"*\"",
        "FRAME_ALLOWED_ORIGINS has \"https://*.example.com\"",
        "FRAME_ALLOWED_ORIGINS has \"https://a;sandbox\"",
        "FRAME_ALLOWED_ORIGINS has \"'self'\"",
        "FRAME_ALLOWED_ORIGINS has \"*\"",
        "REDIRECT_ALLOWED_URLS has \"app.example.com\": an entry is scheme and host",
        "REDIRECT_ALLOWED_URLS has \"*\"",
        "SIGN_IN_PARAMS is not a JSON object of providers and their parameters: write it like",
    ] {
        assert!(list.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {list:#?}");
    }
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("cGxhbnRl"), "{}", ended.stderr);
}

#[tokio::test]
async fn good_settings_lead_to_the_database() {
    accepted(&serve().run().await);
    accepted(&serve().env("SERVICE_SECRET", SERVICE_SECRET).run().await);
    accepted(&serve().env("CORS_ALLOWED_ORIGINS", "*").run().await);
    let origins = "https://app.example.com, http://localhost:3000";
    accepted(&serve().env("CORS_ALLOWED_ORIGINS", origins).run().await);
    accepted(&serve().env("FRAME_ALLOWED_ORIGINS", origins).run().await);
    // What Compose and Kubernetes make of a variable that is not there.
    accepted(&serve().env("SERVICE_SECRET", "").env("HASURA_GRAPHQL_JWT_SECRET", "").run().await);
}

#[tokio::test]
async fn a_duration_has_units_or_is_in_seconds() {
    for good in ["1d", "30d", "36h", "1day 12h", " 90d ", "86400", "100years"] {
        accepted(&serve().env("EVENT_RETENTION", good).run().await);
    }
    for bad in
        ["", "0", "86399", "-86400", "1 fortnight", "soon", "101years", "9223372036854775807"]
    {
        let ended = serve().env("EVENT_RETENTION", bad).run().await;
        let expected = format!("EVENT_RETENTION is {bad:?}: write a duration from 1day to ");
        assert!(mistakes(&ended)[0].starts_with(&expected), "{ended:?}");
    }
}

#[tokio::test]
async fn subdomain_and_region_stand_for_the_url() {
    accepted(
        &serve()
            .env("NHOST_AUTH_URL", "")
            .env("NHOST_SUBDOMAIN", "abcdefgh")
            .env("NHOST_REGION", "eu-central-1")
            .run()
            .await,
    );
    let half = serve().env("NHOST_AUTH_URL", "").env("NHOST_SUBDOMAIN", "abcdefgh").run().await;
    assert!(mistakes(&half)[0].starts_with("NHOST_AUTH_URL is missing"), "{half:?}");
    let bad = serve().env("NHOST_AUTH_URL", "").env("NHOST_SUBDOMAIN", "a b");
    let bad = bad.env("NHOST_REGION", "eu-central-1").run().await;
    assert!(mistakes(&bad)[0].starts_with("NHOST_SUBDOMAIN with NHOST_REGION is "), "{bad:?}");
}

#[tokio::test]
async fn a_secret_may_stand_in_a_file() {
    let all = [
        ("NHOST_JWT_SECRET", JWT_SECRET),
        ("ENCRYPTION_KEYS", KEYS),
        ("SERVICE_SECRET", SERVICE_SECRET),
        ("DATABASE_URL", "sqlite://no/such/folder/file.db"),
        ("DATABASE_DIRECT_URL", "sqlite://no/such/folder/file.db"),
    ];
    let mut files = Binary::new("").env("NHOST_AUTH_URL", "http://127.0.0.1:9/v1");
    for (name, value) in all {
        // Editors end a file with a line break.
        fs::write(files.folder().join(name), format!("{value}\n")).unwrap();
        files = files.env(&format!("{name}_FILE"), name);
    }
    accepted(&files.run().await);
}

#[tokio::test]
async fn a_secret_and_its_file_together_are_a_mistake() {
    let mut both = serve().env("DATABASE_DIRECT_URL", "sqlite://direct.db");
    let names = ["NHOST_JWT_SECRET", "ENCRYPTION_KEYS", "SERVICE_SECRET", "DATABASE_DIRECT_URL"];
    for name in names {
        fs::write(both.folder().join(name), "planted-secret").unwrap();
        both = both.env(&format!("{name}_FILE"), name);
    }
    let ended = both.env("SERVICE_SECRET", SERVICE_SECRET).run().await;
    let list = mistakes(&ended);
    for name in names {
        let expected = format!("{name} and {name}_FILE are both set: unset one of them");
        assert!(list.contains(&expected.as_str()), "{expected}: {list:#?}");
    }
    assert!(!ended.stderr.contains("planted-secret"));
}

#[tokio::test]
async fn a_file_that_is_missing_or_empty_is_named() {
    let ended = serve().env("SERVICE_SECRET_FILE", "/no/such/file").run().await;
    assert!(mistakes(&ended)[0].starts_with("SERVICE_SECRET_FILE (/no/such/file) can't be read"));
    let empty = serve().env("SERVICE_SECRET_FILE", "empty");
    fs::write(empty.folder().join("empty"), "\n").unwrap();
    assert_eq!(
        mistakes(&empty.run().await),
        [
            "SERVICE_SECRET_FILE names an empty file: write the value into the file, or unset SERVICE_SECRET_FILE"
        ]
    );
}

#[tokio::test]
async fn two_jwt_secrets_that_differ_are_a_mistake() {
    let other = r#"{"type":"HS256","key":"another-key-that-is-long-enough-too"}"#;
    let ended = serve().env("HASURA_GRAPHQL_JWT_SECRET", other).run().await;
    let expected = "NHOST_JWT_SECRET and HASURA_GRAPHQL_JWT_SECRET are both set and differ";
    assert!(mistakes(&ended)[0].starts_with(expected), "{ended:?}");
    accepted(&serve().env("HASURA_GRAPHQL_JWT_SECRET", JWT_SECRET).run().await);
    let alone = serve().env("NHOST_JWT_SECRET", "").env("HASURA_GRAPHQL_JWT_SECRET", JWT_SECRET);
    accepted(&alone.run().await);
}

#[tokio::test]
async fn a_list_of_jwt_secrets_stands_in_for_the_others_as_at_hasura() {
    let with = |list: &str| serve().env("HASURA_GRAPHQL_JWT_SECRETS", list);
    accepted(&with(&format!("[{JWT_SECRET}]")).run().await);
    let broken = || serve().env("NHOST_JWT_SECRET", "not looked at");
    accepted(&broken().env("HASURA_GRAPHQL_JWT_SECRETS", &format!("[{JWT_SECRET}]")).run().await);
    let ended = with(r#"[{"type":"HS256","key":"planted-secret"},{"jwk_url":"planted"}]"#);
    let ended = ended.run().await;
    let list = mistakes(&ended);
    assert_eq!(list.len(), 2, "{list:#?}");
    assert!(list[0].starts_with("HASURA_GRAPHQL_JWT_SECRETS: number 1: `key` has 14 bytes"));
    assert!(list[1].starts_with("HASURA_GRAPHQL_JWT_SECRETS: number 2: `jwk_url` is not a URL"));
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
}

#[tokio::test]
async fn any_page_with_a_jwt_in_a_cookie_is_a_mistake() {
    let in_cookie = JWT_SECRET.replacen('{', r#"{"header":{"type":"Cookie","name":"session"},"#, 1);
    let with = |origins: &str| {
        serve().env("NHOST_JWT_SECRET", &in_cookie).env("CORS_ALLOWED_ORIGINS", origins)
    };
    let ended = with("*").run().await;
    assert!(mistakes(&ended)[0].starts_with("CORS_ALLOWED_ORIGINS is *, but the JWT comes in"));
    accepted(&with("https://app.example.com").run().await);
}

#[tokio::test]
async fn a_flag_overrides_the_environment() {
    let ended = serve()
        .env("INTROSPECTION", "nonsense")
        .env("SERVICE_SECRET", "short")
        .arg("--introspection=off")
        .arg(&format!("--service-secret={SERVICE_SECRET}"))
        .run()
        .await;
    accepted(&ended);
}

#[tokio::test]
async fn clients_of_providers_are_environment_variables() {
    let client = serve()
        .env("PROVIDER_GOOGLE_CLIENT_ID", "app.apps.googleusercontent.com")
        .env("PROVIDER_GOOGLE_CLIENT_SECRET", "new,old")
        .env("PROVIDER_ENTRAID_CLIENT_ID", "")
        .env("PROVIDER_CONNECTIONS_SERVICE_HOST", "10.0.0.1");
    accepted(&client.run().await);
    let ended = serve()
        .env("INTROSPECTION", "everyone")
        .env("PROVIDER_GOGLE_CLIENT_ID", "app")
        .env("PROVIDER_GITHUB_SECRET", "planted-secret")
        .env("PROVIDER_SPOTIFY_CLIENT_SECRET", "planted-secret")
        .env("PROVIDER_GITLAB_CLIENT_ID", "app")
        .env("PROVIDER_GITLAB_CLIENT_SECRET_FILE", "/no/such/file")
        .env("PROVIDER_GITLAB_TOKEN_URL", "http://gitlab.example.com/oauth/token")
        .run()
        .await;
    let list = mistakes(&ended);
    for expected in [
        "INTROSPECTION is \"everyone\"",
        "PROVIDER_GOGLE_CLIENT_ID names an unknown provider: did you mean \
         PROVIDER_GOOGLE_CLIENT_ID?",
        "PROVIDER_GITHUB_SECRET is not a setting of this provider: did you mean \
         PROVIDER_GITHUB_CLIENT_SECRET?",
        "PROVIDER_SPOTIFY_CLIENT_ID is missing: set it, or unset PROVIDER_SPOTIFY_CLIENT_SECRET",
        "PROVIDER_GITLAB_CLIENT_SECRET_FILE (/no/such/file) can't be read",
        "PROVIDER_GITLAB_TOKEN_URL would send secrets unencrypted",
    ] {
        assert!(list.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {list:#?}");
    }
    assert_eq!(list.len(), 6, "{list:#?}");
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_name_near_one_of_ours_is_told_whatever_else_is_wrong() {
    let ended = Binary::new("serve")
        .env("NHOST_AUTH_URL", "http://127.0.0.1:9/v1")
        .env("NHOST_JWT_SECRETS", "planted-secret")
        .env("SERVICE_SECRETT", "planted-secret")
        .env("CORS_ALLOWED_ORIGIN", "https://app.example.com")
        .env("PROVIDER_GOGLE_CLIENT_ID", "app")
        .env("INTROSPECTION", "everyone")
        .run()
        .await;
    let list = mistakes(&ended);
    for expected in [
        "CORS_ALLOWED_ORIGIN is not a setting of this server: rename it to CORS_ALLOWED_ORIGINS",
        "NHOST_JWT_SECRETS is not a setting of this server: rename it to NHOST_JWT_SECRET, or",
        "SERVICE_SECRETT is not a setting of this server: rename it to SERVICE_SECRET, or unset it",
        "PROVIDER_GOGLE_CLIENT_ID names an unknown provider",
        "INTROSPECTION is \"everyone\"",
        "NHOST_JWT_SECRET is missing",
        "ENCRYPTION_KEYS is missing",
    ] {
        assert!(list.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {list:#?}");
    }
    assert_eq!(list.len(), 7, "{list:#?}");
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_variable_of_others_stops_no_start() {
    let others = serve()
        .env("LISTEN_FDS", "1")
        .env("LISTEN_PID", "1")
        .env("DATABASE_HOST", "db")
        .env("GRAPHIQL_PORT", "tcp://10.0.0.1:4000")
        .env("HASURA_GRAPHQL_ADMIN_SECRETS", "[]")
        .env("NHOST_ADMIN_SECRET", "x")
        // Near one of ours, which is set: so it is another program's.
        .env("DATABASE_URI", "postgres://db/app")
        .env("SERVICE_SECRETT", "");
    accepted(&others.run().await);
    let by_flag = serve().env("DATABASE_URL", "").env("DATABASE_URI", "postgres://db/app");
    let by_flag = by_flag.arg("--database-url=sqlite://no/such/folder/file.db");
    accepted(&by_flag.run().await);
}

#[tokio::test]
async fn addresses_that_contradict_each_other_are_a_mistake() {
    let with = |url: &str, subdomain: &str, region: &str| {
        let serve = serve().env("NHOST_AUTH_URL", url);
        serve.env("NHOST_SUBDOMAIN", subdomain).env("NHOST_REGION", region)
    };
    let url = "https://abc.auth.eu-central-1.nhost.run/v1";
    accepted(&with(url, "abc", "eu-central-1").run().await);
    accepted(&with(&format!("{url}/"), "abc", "").run().await);
    accepted(&with("http://auth:4000/v1", "abc", "").run().await);
    for (url, subdomain, region) in [
        (url, "xyz", "eu-central-1"),
        (url, "xyz", ""),
        (url, "", "us-east-1"),
        ("http://auth:4000/v1", "abc", "eu-central-1"),
    ] {
        let ended = with(url, subdomain, region).run().await;
        let expected = format!("NHOST_AUTH_URL is \"{url}\", which contradicts NHOST_SUBDOMAIN");
        assert!(mistakes(&ended)[0].starts_with(&expected), "{ended:?}");
    }
    let both = serve().env("DATABASE_URL_FILE", "file");
    fs::write(both.folder().join("file"), "sqlite://other.db").unwrap();
    let expected = "DATABASE_URL and DATABASE_URL_FILE are both set: unset one of them";
    assert_eq!(mistakes(&both.run().await), [expected]);
}

#[tokio::test]
async fn an_address_of_nhosts_without_v1_is_a_mistake_and_any_other_is_warned_of() {
    let base = "https://abc.auth.eu-central-1.nhost.run";
    for path in ["", "/", "/v1/graphql", "/v2"] {
        let ended = serve().env("NHOST_AUTH_URL", &format!("{base}{path}")).run().await;
        let list = mistakes(&ended);
        assert!(list[0].ends_with(&format!("set it to {base}/v1")), "{list:#?}");
    }
    // Nhost Auth by itself has no prefix unless AUTH_API_PREFIX sets one.
    let own = serve().env("NHOST_AUTH_URL", "http://127.0.0.1:9").run().await;
    accepted(&own);
    assert!(own.stderr.contains("set it to http://127.0.0.1:9/v1"), "{own:?}");
    let v1 = serve().run().await;
    assert!(!v1.stderr.contains("Nhost serves Nhost Auth below"), "{v1:?}");
}

#[tokio::test]
async fn a_jwt_secret_may_be_the_key_alone_as_nhost_shows_it() {
    let hex = "0f987876650b4a085e64594fae9219e7781b17506bec02489ad061fba8cb22db";
    accepted(&serve().env("NHOST_JWT_SECRET", hex).run().await);
    accepted(&serve().env("NHOST_JWT_SECRET", &format!(" {hex}\n")).run().await);
    let short = serve().env("NHOST_JWT_SECRET", "planted").run().await;
    let list = mistakes(&short);
    assert!(list[0].contains("with 7 bytes it is too short"), "{list:#?}");
    let isuer = JWT_SECRET.replacen('{', r#"{"isuer":"planted","#, 1);
    let ended = serve().env("NHOST_JWT_SECRET", &isuer).run().await;
    let expected =
        "NHOST_JWT_SECRET: `isuer` is not a field of a JWT secret: rename it to `issuer`";
    assert_eq!(mistakes(&ended), [expected]);
}
