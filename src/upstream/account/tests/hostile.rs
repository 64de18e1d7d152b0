//! Whoever names an account chooses what is shown to others: what could deceive them is left out.

use serde_json::json;

use super::*;

async fn google(fields: Value) -> Profile {
    let mut answer = json!({ "sub": "1" });
    let fields = fields.as_object().unwrap().clone();
    answer.as_object_mut().unwrap().extend(fields);
    said(Provider::Google, &answer).await.unwrap()
}

#[test]
fn an_id_is_text_or_a_whole_number_and_nothing_else() {
    assert_eq!(
        profile::id(&"110248495921238986420".into()).as_deref(),
        Some("110248495921238986420")
    );
    assert_eq!(profile::id(&583_231.into()).as_deref(), Some("583231"));
    for none in [Value::Null, "".into(), true.into(), 1.5.into(), (-1).into(), json!({ "id": 1 })] {
        assert_eq!(profile::id(&none), None, "{none}");
    }
    assert_eq!(profile::id(&"x".repeat(LONGEST_ACCOUNT_ID + 1).into()), None);
}

#[tokio::test]
async fn a_name_ends_no_line_and_turns_no_text() {
    for (sent, shown) in [
        ("Ada\nLovelace\u{0}", Some("AdaLovelace")),
        ("\u{202e}adA", Some("adA")),
        ("Ada\u{200b}\u{feff}", Some("Ada")),
        ("  Ada  ", Some("Ada")),
        ("\u{200f}\t", None),
        ("", None),
        ("Zoë 李 \u{1f600}", Some("Zoë 李 \u{1f600}")),
    ] {
        assert_eq!(google(json!({ "name": sent })).await.name.as_deref(), shown, "{sent:?}");
    }
    let long = google(json!({ "name": "é".repeat(10_000) })).await.name.unwrap();
    assert_eq!(long.chars().count(), 200);
}

#[tokio::test]
async fn an_address_is_https_and_holds_no_password() {
    for (sent, kept) in [
        ("https://a.example/1.png?s=96", true),
        ("http://a.example/1.png", false),
        ("javascript:alert(1)", false),
        ("data:image/svg+xml,<svg/>", false),
        ("https://user:secret@a.example/", false),
        ("//a.example/1.png", false),
        ("", false),
    ] {
        let picture = google(json!({ "picture": sent })).await.avatar_url;
        assert_eq!(picture.as_deref(), kept.then_some(sent), "{sent}");
    }
    let long = format!("https://a.example/{}", "x".repeat(3_000));
    assert_eq!(google(json!({ "picture": long })).await.avatar_url, None);
}

#[tokio::test]
async fn an_email_address_is_one() {
    for (sent, kept) in [
        ("ada@example.com", true),
        ("ada", false),
        ("ada@example.com\r\nBcc: all@example.com", false),
        ("\u{202e}moc.elpmaxe@ada", false),
    ] {
        let email = google(json!({ "email": sent })).await.email;
        assert_eq!(email.as_deref(), kept.then_some(sent), "{sent:?}");
    }
    let long = format!("{}@example.com", "a".repeat(400));
    assert_eq!(google(json!({ "email": long })).await.email, None);
}

#[tokio::test]
async fn what_an_address_is_made_of_leads_nowhere_else() {
    for (id, avatar) in [("../../evil", "a"), ("1", "../x"), ("1", "a?b"), ("1", "a/b"), ("1", "")]
    {
        let user = json!({ "id": id, "username": "nelly", "avatar": avatar });
        assert_eq!(said(Provider::Discord, &user).await.unwrap().avatar_url, None, "{id} {avatar}");
    }
}

#[tokio::test]
async fn fields_of_another_kind_are_left_out() {
    let odd = json!({ "name": 1, "email": ["ada@example.com"], "picture": { "url": "https://a" } });
    let profile = google(odd).await;
    assert_eq!((profile.name, profile.email, profile.avatar_url), (None, None, None));
}

#[test]
fn a_profile_shows_nothing_of_itself() {
    let json = r#"{"id":"110248","email":"ada@example.com","name":"Ada"}"#.to_owned();
    let profile = Profile::of_json(&json.clone().into()).unwrap();
    assert_eq!(format!("{profile:?} {profile:#?}"), "Profile Profile");
    assert_eq!(profile.to_json().expose_secret(), json);
}
