//! The page that errors of a sign-in come back to where no app has told its address.

use axum::response::Html;

/// `GET /`: where `AUTH_CLIENT_URL` points unless it is set.
pub(super) async fn front_page() -> Html<&'static str> {
    Html(include_str!("front_page.html"))
}
