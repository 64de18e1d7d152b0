//! The page to which a failed sign-in returns if no app has set its URL.

use axum::response::Html;

/// `GET /`: where `AUTH_CLIENT_URL` points unless it is set.
pub(super) async fn front_page() -> Html<&'static str> {
    Html(include_str!("front_page.html"))
}
