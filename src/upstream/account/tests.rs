//! Each provider's own answer, as it documents it.

use serde_json::json;

use super::*;

#[test]
fn an_id_is_text_or_a_whole_number_and_nothing_else() {
    let read = |value: serde_json::Value| profile::id(&value);
    assert_eq!(read("110248495921238986420".into()).as_deref(), Some("110248495921238986420"));
    assert_eq!(read(583_231.into()).as_deref(), Some("583231"));
    for none in [serde_json::Value::Null, "".into(), true.into(), 1.5.into(), (-1).into()] {
        assert_eq!(read(none), None);
    }
    assert_eq!(read(json!({ "id": 1 })), None);
    assert_eq!(read("x".repeat(profile::LONGEST_ID + 1).into()), None);
}
