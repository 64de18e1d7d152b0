use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<(ProviderClients, UserinfoUrls), Vec<String>> {
    all(variables).map(|(clients, userinfo, _)| (clients, userinfo))
}

type All = (ProviderClients, UserinfoUrls, ScopesConfig);

fn all(variables: &[(&str, &str)]) -> Result<All, Vec<String>> {
    let mut mistakes = Mistakes::default();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let read = super::read(&mut mistakes, variables);
    mistakes.unless_any(Some(read)).map_err(|error| {
        error.to_string().lines().skip(1).map(|line| line.replace("  - ", "")).collect()
    })
}

#[track_caller]
fn good(variables: &[(&str, &str)]) -> ProviderClients {
    read(variables).unwrap().0
}

#[track_caller]
fn mistake(variables: &[(&str, &str)]) -> String {
    let mut list = read(variables).map(|_| ()).unwrap_err();
    assert_eq!(list.len(), 1, "{list:#?}");
    assert!(!list[0].contains("planted"), "{list:#?}");
    list.remove(0)
}

fn secrets(client: &ProviderClient) -> Vec<&str> {
    let ClientSecret::Shared(secrets) = &client.secret else { panic!("{client:?}") };
    secrets.iter().map(ExposeSecret::expose_secret).collect()
}

fn apple_pem() -> String {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = STANDARD.encode(pair.to_pkcs8v1().unwrap());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----")
}

#[test]
fn without_any_there_are_none() {
    assert!(good(&[]).is_empty());
    assert!(good(&[("PATH", "/bin"), ("PROVIDERS", "x"), ("AUTH_PROVIDER_X_ID", "x")]).is_empty());
}

#[test]
fn an_id_and_a_secret_are_enough() {
    for provider in Provider::ALL {
        let (known, upper) = (facts(*provider), provider.as_str().to_uppercase());
        let (id, secret) =
            (format!("PROVIDER_{upper}_CLIENT_ID"), format!("PROVIDER_{upper}_CLIENT_SECRET"));
        let usable = known.refreshable || known.revocation.is_some();
        if !usable || *provider == Provider::Apple {
            continue;
        }
        let clients = good(&[(&id, " the id "), (&secret, "one")]);
        let client = clients.get(*provider).unwrap();
        assert_eq!((client.client_id.as_str(), secrets(client)), ("the id", vec!["one"]));
        assert_eq!(client.token_url.scheme(), "https");
        assert_eq!(client.revocation_url.is_some(), known.revocation.is_some(), "{provider}");
    }
}

#[test]
fn several_secrets_are_separated_by_commas() {
    let id = ("PROVIDER_GOOGLE_CLIENT_ID", "id");
    let clients = good(&[id, ("PROVIDER_GOOGLE_CLIENT_SECRET", "new, old,,")]);
    assert_eq!(secrets(clients.get(Provider::Google).unwrap()), ["new", "old"]);
    let none = mistake(&[id, ("PROVIDER_GOOGLE_CLIENT_SECRET", " , ")]);
    assert_eq!(none, "PROVIDER_GOOGLE_CLIENT_SECRET has only commas: write a secret, or unset it");
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "planted,old\n").unwrap();
    let id = ("PROVIDER_GOOGLE_CLIENT_ID", "id");
    let file = ("PROVIDER_GOOGLE_CLIENT_SECRET_FILE", file.to_str().unwrap());
    let clients = good(&[id, file]);
    assert_eq!(secrets(clients.get(Provider::Google).unwrap()), ["planted", "old"]);
    let both = mistake(&[id, file, ("PROVIDER_GOOGLE_CLIENT_SECRET", "planted")]);
    assert!(both.starts_with(
        "PROVIDER_GOOGLE_CLIENT_SECRET and PROVIDER_GOOGLE_CLIENT_SECRET_FILE are both set"
    ));
    let missing = mistake(&[id, ("PROVIDER_GOOGLE_CLIENT_SECRET_FILE", "/no/such/file")]);
    assert!(
        missing.starts_with("PROVIDER_GOOGLE_CLIENT_SECRET_FILE (/no/such/file) can't be read")
    );
}

#[test]
fn the_tenant_is_common_unless_it_is_named() {
    let given = |tenant| {
        let clients = read(&[
            ("PROVIDER_ENTRAID_CLIENT_ID", "id"),
            ("PROVIDER_ENTRAID_CLIENT_SECRET", "one"),
            ("PROVIDER_ENTRAID_TENANT", tenant),
        ])?;
        Ok::<_, Vec<String>>(clients.0.get(Provider::Entraid).unwrap().token_url.to_string())
    };
    let url = |tenant| format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
    assert_eq!(given("").unwrap(), url("common"));
    assert_eq!(given("contoso.onmicrosoft.com").unwrap(), url("contoso.onmicrosoft.com"));
    assert!(given("a/../b").unwrap_err()[0].starts_with("PROVIDER_ENTRAID_TENANT is \"a/../b\""));
}

#[test]
fn githubs_revocation_names_the_client() {
    let clients =
        good(&[("PROVIDER_GITHUB_CLIENT_ID", "Iv1.1"), ("PROVIDER_GITHUB_CLIENT_SECRET", "one")]);
    let url = clients.get(Provider::Github).unwrap().revocation_url.clone().unwrap();
    assert_eq!(url.as_str(), "https://api.github.com/applications/Iv1.1/grant");
}

#[test]
fn addresses_may_be_others_and_unencrypted_on_this_machine_only() {
    let with = |url| {
        [
            ("PROVIDER_GITLAB_CLIENT_ID", "id"),
            ("PROVIDER_GITLAB_CLIENT_SECRET", "one"),
            ("PROVIDER_GITLAB_TOKEN_URL", url),
            ("PROVIDER_GITLAB_REVOCATION_URL", url),
        ]
    };
    for url in [
        "https://gitlab.example.com/oauth/token",
        "http://localhost:3000/t",
        "http://gitlab.localhost/t",
        "http://127.0.0.2:1/t",
        "http://[::1]:1/t",
    ] {
        let clients = good(&with(url));
        let client = clients.get(Provider::Gitlab).unwrap();
        assert_eq!(client.token_url.as_str(), url);
        assert_eq!(client.revocation_url.as_ref().unwrap().as_str(), url);
    }
    for (url, problem) in [
        ("http://gitlab.example.com/t", "would send secrets unencrypted"),
        ("http://10.0.0.1/t", "would send secrets unencrypted"),
        ("http://localhost.example.com/t", "would send secrets unencrypted"),
        ("https://app:planted@gitlab.example.com/t", "has a user name or a password"),
        ("ftp://gitlab.example.com/t", "is not a URL"),
        ("planted", "is not a URL"),
    ] {
        let list = read(&with(url)).map(|_| ()).unwrap_err();
        for (mistake, name) in list.iter().zip(["TOKEN_URL", "REVOCATION_URL"]) {
            let expected = format!("PROVIDER_GITLAB_{name} {problem}");
            assert!(mistake.starts_with(&expected) && !mistake.contains("planted"), "{mistake}");
        }
        assert_eq!(list.len(), 2);
    }
}

#[test]
fn half_a_client_is_a_mistake() {
    assert_eq!(
        mistake(&[("PROVIDER_GOOGLE_CLIENT_ID", "id")]),
        "PROVIDER_GOOGLE_CLIENT_SECRET is missing: set it, or unset PROVIDER_GOOGLE_CLIENT_ID"
    );
    assert_eq!(
        mistake(&[("PROVIDER_GOOGLE_CLIENT_SECRET", "planted")]),
        "PROVIDER_GOOGLE_CLIENT_ID is missing: set it, or unset PROVIDER_GOOGLE_CLIENT_SECRET"
    );
    let tenant = read(&[("PROVIDER_ENTRAID_TENANT", "common")]).map(|_| ()).unwrap_err();
    assert_eq!(tenant.len(), 2, "{tenant:#?}");
    assert!(tenant.iter().all(|mistake| mistake.ends_with("or unset PROVIDER_ENTRAID_TENANT")));
}

#[test]
fn apple_wants_a_key_instead_of_a_secret() {
    let pem = apple_pem();
    let id = ("PROVIDER_APPLE_CLIENT_ID", "com.example.app");
    let team = ("PROVIDER_APPLE_TEAM_ID", "TEAM123456");
    let key = ("PROVIDER_APPLE_KEY_ID", "KEY1234567");
    let clients = good(&[id, team, key, ("PROVIDER_APPLE_PRIVATE_KEY", &pem)]);
    let client = clients.get(Provider::Apple).unwrap();
    assert!(matches!(client.secret, ClientSecret::Apple(_)));
    let flat = pem.replace('\n', "\\n");
    good(&[id, team, key, ("PROVIDER_APPLE_PRIVATE_KEY", &flat)]);
    let wrong = mistake(&[id, team, key, ("PROVIDER_APPLE_PRIVATE_KEY", "planted")]);
    assert!(
        wrong.starts_with("PROVIDER_APPLE_PRIVATE_KEY is not a P-256 private key in PEM format")
    );
    let alone = read(&[id]).map(|_| ()).unwrap_err();
    assert_eq!(alone.len(), 3, "{alone:#?}");
    let secret = mistake(&[("PROVIDER_APPLE_CLIENT_SECRET", "planted")]);
    assert!(
        secret.contains("Its settings are CLIENT_ID, TEAM_ID, KEY_ID, PRIVATE_KEY"),
        "{secret}"
    );
}

#[test]
fn a_misspelt_name_is_told_the_nearest() {
    for (name, expected) in [
        ("PROVIDER_GOGLE_CLIENT_ID", "did you mean PROVIDER_GOOGLE_CLIENT_ID?"),
        ("PROVIDER_google_CLIENT_ID", "did you mean PROVIDER_GOOGLE_CLIENT_ID?"),
        ("PROVIDER_GOOGLE_SECRET", "did you mean PROVIDER_GOOGLE_CLIENT_SECRET?"),
        ("PROVIDER_GOOGLE_CLIENTID", "did you mean PROVIDER_GOOGLE_CLIENT_ID?"),
        ("PROVIDER_SPOTIFY_REVOCATION_URL", "is not a setting of this provider"),
        ("PROVIDER_GOOGLE_TENANT", "is not a setting of this provider"),
        ("PROVIDER_FACEBOOK_TOKEN_URL", "is not a setting of this provider"),
        ("PROVIDER_GOOGLE", "is not a setting of this provider"),
        ("PROVIDER_TWITTER_CLIENT_ID", "has no effect, because twitter supports neither"),
        ("PROVIDER_WORKOS_CLIENT_SECRET", "has no effect, because workos supports neither"),
    ] {
        let mistake = mistake(&[(name, "planted")]);
        assert!(mistake.starts_with(name) && mistake.contains(expected), "{mistake}");
        good(&[(name, "  ")]);
    }
}

#[test]
fn every_mistake_is_listed() {
    let list = read(&[
        ("PROVIDER_GOGLE_CLIENT_ID", "id"),
        ("PROVIDER_GITHUB_SECRET", "planted"),
        ("PROVIDER_SPOTIFY_CLIENT_ID", "id"),
        ("PROVIDER_ENTRAID_CLIENT_SECRET", "planted"),
        ("PROVIDER_ENTRAID_TENANT", "a b"),
        ("PROVIDER_ENTRAID_TOKEN_URL", "nowhere"),
    ]);
    let list = list.map(|_| ()).unwrap_err();
    assert_eq!(list.len(), 6, "{list:#?}");
}

#[test]
fn a_value_that_is_no_text_is_named() {
    let mut mistakes = Mistakes::default();
    let bytes = OsString::from_vec(vec![0xff]);
    let all =
        [("PROVIDER_GOOGLE_CLIENT_ID".into(), bytes.clone()), ("SOMETHING_ELSE".into(), bytes)];
    assert!(variables(&mut mistakes, all).is_empty());
    let error = mistakes.unless_any(Some(())).unwrap_err();
    assert!(error.to_string().contains("  - PROVIDER_GOOGLE_CLIENT_ID is not UTF-8"), "{error}");
}

#[test]
fn what_kubernetes_makes_of_a_service_and_what_has_this_servers_name_is_passed_over() {
    for name in [
        "PROVIDER_CONNECTIONS_SERVICE_SECRET",
        "PROVIDER_CONNECTIONS_ENCRYPTION_KEYS",
        "PROVIDER_CONNECTIONS_SERVICE_HOST",
        "PROVIDER_CONNECTIONS_SERVICE_PORT",
        "PROVIDER_CONNECTIONS_SERVICE_PORT_HTTP",
        "PROVIDER_CONNECTIONS_PORT",
        "PROVIDER_CONNECTIONS_PORT_4000_TCP",
        "PROVIDER_CONNECTIONS_PORT_4000_TCP_ADDR",
        "PROVIDER_GOOGLE_SERVICE_HOST",
    ] {
        assert!(good(&[(name, "10.0.0.1")]).is_empty(), "{name}");
    }
}

#[test]
fn where_a_provider_says_whose_a_token_is_needs_no_client() {
    let url = "https://gitlab.example.com/api/v4/user";
    let (clients, urls) = read(&[("PROVIDER_GITLAB_USERINFO_URL", url)]).unwrap();
    assert!(clients.is_empty());
    assert_eq!(urls.get(&Provider::Gitlab).unwrap().as_str(), url);
    let (clients, urls) = read(&[
        ("PROVIDER_GITLAB_CLIENT_ID", "an-id"),
        ("PROVIDER_GITLAB_CLIENT_SECRET", "a-secret"),
        ("PROVIDER_GITLAB_USERINFO_URL", url),
    ])
    .unwrap();
    assert!(clients.get(Provider::Gitlab).is_some() && urls.contains_key(&Provider::Gitlab));
    let told = mistake(&[("PROVIDER_GITLAB_USERINFO_URL", "http://planted.example.com/")]);
    assert!(told.starts_with("PROVIDER_GITLAB_USERINFO_URL would send secrets"), "{told}");
}

#[test]
fn the_accounts_of_azuread_are_asked_at_its_tenant_which_needs_no_client() {
    let tenant = ("PROVIDER_AZUREAD_TENANT", "contoso.onmicrosoft.com");
    let at_tenant = "https://login.microsoftonline.com/contoso.onmicrosoft.com/openid/userinfo";
    let scopes = ("PROVIDER_AZUREAD_SCOPES", "openid email");
    let (clients, urls) = read(&[tenant, scopes]).unwrap();
    assert!(clients.is_empty());
    assert_eq!(urls[&Provider::Azuread].as_str(), at_tenant);
    let id = ("PROVIDER_AZUREAD_CLIENT_ID", "an-id");
    let secret = ("PROVIDER_AZUREAD_CLIENT_SECRET", "a-secret");
    let (clients, urls) = read(&[tenant, id, secret]).unwrap();
    let token_url = &clients.get(Provider::Azuread).unwrap().token_url;
    assert_eq!(token_url.path(), "/contoso.onmicrosoft.com/oauth2/token");
    assert_eq!(urls[&Provider::Azuread].as_str(), at_tenant);
    // Another address is another address.
    let own = "https://login.example.com/userinfo";
    let (_, urls) = read(&[tenant, ("PROVIDER_AZUREAD_USERINFO_URL", own)]).unwrap();
    assert_eq!(urls[&Provider::Azuread].as_str(), own);
    assert!(read(&[id, secret]).unwrap().1.is_empty());
    let told = mistake(&[("PROVIDER_AZUREAD_TENANT", "a/../b")]);
    assert!(told.starts_with("PROVIDER_AZUREAD_TENANT is \"a/../b\""), "{told}");
    // The accounts of `entraid` are all asked at one address.
    let told = read(&[("PROVIDER_ENTRAID_TENANT", "contoso.onmicrosoft.com")]).unwrap_err();
    assert!(told[0].starts_with("PROVIDER_ENTRAID_CLIENT_ID is missing"), "{told:#?}");
}

#[test]
fn scopes_are_lists_and_need_no_client() {
    let (clients, _, scopes) = all(&[
        ("PROVIDER_GOOGLE_SCOPES", "openid email https://www.googleapis.com/auth/calendar"),
        ("PROVIDER_GOOGLE_REQUIRED_SCOPES", "https://www.googleapis.com/auth/calendar.readonly"),
        ("PROVIDER_GITHUB_SCOPES", "repo, user"),
        ("PROVIDER_GITHUB_REQUIRED_SCOPES", "public_repo"),
        // Nhost Auth asks for it unless told otherwise.
        ("PROVIDER_DISCORD_REQUIRED_SCOPES", "email"),
        ("PROVIDER_GITLAB_TOKENINFO_URL", "https://gitlab.example.com/oauth/token/info"),
    ])
    .unwrap();
    assert!(clients.is_empty());
    assert!(scopes.tokeninfo_urls.contains_key(&Provider::Gitlab));
}

#[test]
fn a_required_scope_that_no_sign_in_asks_for_is_a_mistake() {
    let required =
        ("PROVIDER_GOOGLE_REQUIRED_SCOPES", "email https://www.googleapis.com/auth/drive");
    let told = mistake(&[required]);
    assert!(
        told.contains("has https://www.googleapis.com/auth/drive, which no sign-in requests"),
        "{told}"
    );
    assert!(told.contains("PROVIDER_GOOGLE_SCOPES"), "{told}");
    let told = mistake(&[required, ("PROVIDER_GOOGLE_SCOPES", "openid email")]);
    assert!(told.starts_with("PROVIDER_GOOGLE_REQUIRED_SCOPES"), "{told}");
}

#[test]
fn what_is_no_list_of_scopes_is_a_mistake() {
    for list in ["\"email\"", "[\"email\"]", ",", "é"] {
        let told = mistake(&[("PROVIDER_GOOGLE_SCOPES", list)]);
        assert!(told.contains("write at most 100 scopes, separated by spaces"), "{told}");
    }
    let told = mistake(&[("PROVIDER_GITHUB_TOKENINFO_URL", "https://github.example.com/")]);
    assert!(told.contains("is not a setting of this provider"), "{told}");
}
