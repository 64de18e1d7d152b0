//! How calls are written: exactly as RFC 6749 and RFC 7617 specify.

use reqwest::{
    RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{ClientAuth, ProviderClient};

/// The fields of a form, in order.
pub(super) type Form<'a> = Vec<(&'a str, &'a str)>;

/// A form, with the client's authentication if the provider expects it there.
pub(super) fn authenticated<'a>(
    request: RequestBuilder,
    mut form: Form<'a>,
    auth: ClientAuth,
    client: &'a ProviderClient,
    secret: &'a SecretString,
) -> RequestBuilder {
    let secret = secret.expose_secret();
    match auth {
        ClientAuth::Basic => {
            // RFC 6749 §2.3.1: both are form-encoded before they are put together.
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            with_form(request, form).basic_auth(encoded(&client.client_id), Some(encoded(secret)))
        }
        ClientAuth::Post | ClientAuth::AppleJwt => {
            form.extend([("client_id", client.client_id.as_str()), ("client_secret", secret)]);
            with_form(request, form)
        }
    }
}

pub(super) fn with_form(request: RequestBuilder, form: Form<'_>) -> RequestBuilder {
    request
        // By default GitHub returns a form.
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Serializer::new(String::new()).extend_pairs(form).finish())
}
