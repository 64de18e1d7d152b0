use super::*;

fn targets(entries: &[&str]) -> RedirectTargets {
    entries.iter().map(|entry| entry.parse::<RedirectTarget>().unwrap()).collect()
}

#[test]
fn an_entry_allows_its_address_and_what_is_below_it() {
    let allowed = targets(&["https://app.example.com", "https://example.com/app/", "myapp://back"]);
    for target in [
        "https://app.example.com",
        "HTTPS://APP.example.com:443/any/page?with=query#and-fragment",
        "https://example.com/app",
        "https://example.com/app/back?x=1",
        "myapp://back",
        "myapp://back/there",
    ] {
        assert!(allowed.allowed(target).is_some(), "{target}");
    }
}

#[test]
fn whatever_only_looks_like_an_entry_is_refused() {
    let allowed = targets(&["https://app.example.com", "https://example.com/app"]);
    for target in [
        "http://app.example.com/",
        "https://app.example.com:8443/",
        "https://app.example.com:0443x/",
        "https://app.example.com.evil.example/",
        "https://app.example.com./",
        "https://evil.example/https://app.example.com",
        "https://evil.example/?https://app.example.com",
        "https://evil.example#https://app.example.com",
        "https://xapp.example.com/",
        "https://sub.app.example.com/",
        "https://example.com/application",
        "https://example.com/app/../other",
        "//evil.example",
        "/connected",
        "https://",
        "",
    ] {
        assert_eq!(allowed.allowed(target), None, "{target}");
    }
}

/// Whatever the list says, also where there is none: Nhost Auth would see one address, and a
/// browser another.
#[test]
fn what_two_parsers_may_read_differently_is_refused_with_any_list() {
    let listed = targets(&["https://app.example.com", "https://*.example.com", "myapp://back"]);
    for target in [
        // What is opened without leaving the browser, or by another program.
        "javascript:alert(1)//https://app.example.com",
        "JavaScript://app.example.com/%0aalert(1)",
        "java\tscript:alert(1)",
        "data:text/html,https://app.example.com",
        "about:blank",
        "about://app.example.com",
        "blob:https://app.example.com/1",
        "filesystem:https://app.example.com/temporary/x",
        "view-source:https://app.example.com",
        "intent://app.example.com#Intent;scheme=https;end",
        "mailto:ada@example.com",
        "myapp:back",
        // Who the host is.
        "https://app.example.com@evil.example/",
        "https://evil.example@app.example.com/",
        "https://user:password@app.example.com/",
        "https://@app.example.com/",
        "https://:@app.example.com/",
        "myapp://evil@back",
        "https:app.example.com",
        "https:/app.example.com",
        "https:///app.example.com",
        "https:\\\\app.example.com/",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com\\.evil.example/",
        "https://app.example.com%2eevil.example/",
        "https://app%2eexample.com/",
        "https://app.example.com%00.evil.example/",
        "https://app.example.com%2f.evil.example/",
        "https://app.example.com\u{ff0f}.evil.example/",
        "https://app.example.com:443:443/",
        "https://app.example.com:99999/",
        // What the path is.
        "https://app.example.com/..%2fother",
        "https://app.example.com/..%2Fother",
        "https://app.example.com/%2e%2e/other",
        "https://app.example.com/.%2E/other",
        "https://app.example.com/..%5cother",
        "https://app.example.com/..\\other",
        "https://app.example.com/..%252fother",
        "https://app.example.com/%252e%252e/other",
        "https://app.example.com/%25",
        "https://app.example.com/%00",
        "https://app.example.com/%0d%0aLocation:x",
        "https://app.example.com/%zz",
        "https://app.example.com/%2",
        "myapp://back/..%2fother",
        // What parsers drop.
        "https://app.example\t.com/",
        "https://app.example.com/\nx",
        "https://app.example.com/\rx",
        " https://app.example.com/",
        "https://app.example.com/ ",
        "https://app.example.com/\u{a0}",
        "https://app.example.com/\u{2028}x",
        "https://app.example.com/\0",
    ] {
        assert_eq!(listed.allowed(target), None, "{target:?}");
        assert_eq!(RedirectTargets::default().allowed(target), None, "{target:?}");
    }
}

#[test]
fn what_an_app_may_need_is_allowed_without_a_list() {
    for target in [
        "https://app.example.com/connected?next=%2Fa%2F..%2Fb&x=%25#%2e%2e/x",
        "https://app.example.com/caf%C3%A9/a%20b",
        "http://localhost:3000/",
        "http://127.0.0.1:3000/connected",
        "http://[::1]:3000/",
        "myapp://signed-in",
        "myapp:///signed-in",
        "com.example.app:/oauth2redirect",
        "exp://192.168.1.2:8081/--/back",
    ] {
        let allowed = RedirectTargets::default().allowed(target);
        assert_eq!(allowed, Url::parse(target).ok(), "{target}");
        assert!(allowed.is_some(), "{target}");
    }
}

/// Nhost Auth is given the name as DNS has it, whatever it looked like.
#[test]
fn a_name_of_other_letters_is_another_name() {
    let latin = targets(&["https://app.example.com"]);
    // A Cyrillic a.
    assert_eq!(latin.allowed("https://\u{430}pp.example.com/"), None);
    // Wide letters and dots are the same name to DNS, and are written as DNS has them.
    let wide = latin.allowed("https://\u{ff41}pp\u{3002}example.com/").unwrap();
    assert_eq!(wide.host_str(), Some("app.example.com"));
    let own = targets(&["https://b\u{fc}cher.example.com"]);
    let written = own.allowed("https://b\u{fc}cher.example.com/x").unwrap();
    assert_eq!(written.as_str(), "https://xn--bcher-kva.example.com/x");
    assert_eq!(own.allowed("https://xn--bcher-kva.example.com/x"), Some(written));
    assert_eq!(own.allowed("https://bucher.example.com/x"), None);
}

#[test]
fn a_star_before_a_public_suffix_is_refused_and_an_address_below_one_is_not() {
    for host in [
        "com",
        "co.uk",
        "CO.UK",
        "vercel.app",
        "netlify.app",
        "github.io",
        "pages.dev",
        "workers.dev",
        "herokuapp.com",
        "web.app",
        "s3.amazonaws.com",
        "anything.ck",
        "xn--p1ai",
        "\u{440}\u{444}",
        "newer-than-the-list",
        "com.",
    ] {
        let entry = format!("https://*.{host}");
        let why = entry.parse::<RedirectTarget>();
        assert_eq!(why, Err(NoRedirectTarget::PublicSuffix), "{entry}");
    }
    for entry in [
        "https://*.example.com",
        "https://*.example.co.uk",
        "https://*.my-app.vercel.app",
        "https://my-app.vercel.app",
        "https://ada.github.io/app",
        "http://*.localhost:3000",
        "https://*.corp.internal",
    ] {
        assert!(entry.parse::<RedirectTarget>().is_ok(), "{entry}");
    }
}

#[test]
fn a_star_stands_for_subdomains_and_for_nothing_else() {
    let allowed = targets(&["https://*.preview.example.com"]);
    for target in ["https://a.preview.example.com/x", "https://a.b.preview.example.com"] {
        assert!(allowed.allowed(target).is_some(), "{target}");
    }
    for target in [
        "https://preview.example.com",
        "https://.preview.example.com",
        "https://apreview.example.com",
        "https://a.preview.example.com.evil.example",
    ] {
        assert!(allowed.allowed(target).is_none(), "{target}");
    }
}

#[test]
fn what_is_no_entry_is_told() {
    for entry in [
        "*",
        "app.example.com",
        "https://*",
        "https://*.*.example.com",
        "https://app.*.com",
        "https://*.10.0.0.1",
        "https://user@app.example.com",
        "https://app.example.com/?x",
        "https://app.example.com/#x",
        "https://app.example.com/*",
        "javascript:alert(1)",
        "about:blank",
        "https://app.example.com/%2e%2e",
        "https://app%2eexample.com",
        "https:app.example.com",
        "/connected",
    ] {
        assert_eq!(entry.parse::<RedirectTarget>(), Err(NoRedirectTarget::Form), "{entry}");
    }
}
