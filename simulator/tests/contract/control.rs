//! The control API, and what lets pages of other origins call.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, answer};

#[tokio::test]
async fn a_demo_can_be_played_over_http_alone() {
    let world = World::new().await;
    let user = world.post("/control/users", "", json!({ "email": "ada@example.com" })).await.body;
    let (id, jwt) = (user["id"].as_str().unwrap(), user["jwt"].as_str().unwrap());
    let script = json!({
        "lifetime": 120, "refreshToken": "rotating_with_grace", "graceSeconds": 30,
        "unrotated": "null", "skewSeconds": 5,
    });
    let sign_in = json!({ "userId": id, "provider": "google", "script": script });
    let grant = world.post("/control/sign-in", "", sign_in).await;
    assert_eq!(grant.status, 200);
    assert_eq!((&grant.body["alive"], &grant.body["generation"]), (&json!(true), &json!(0)));
    assert_eq!(world.fetch("google", jwt).await.body["expiresIn"], 120);

    let path = format!("/control/grants/{id}/google");
    let token = grant.body["currentAccessToken"].as_str().unwrap();
    assert_eq!(world.opens("google", token).await, 200);
    let refresh_token = grant.body["currentRefreshToken"].as_str().unwrap();
    let refreshed = world.refresh("google", jwt, refresh_token).await.body;
    assert_ne!(refreshed["refreshToken"], refresh_token, "it rotates, as scripted");
    let stays = json!({ "lifetime": 60, "refreshToken": "stable" });
    assert_eq!(world.post(&format!("{path}/script"), "", stays).await.status, 200);
    let refresh_token = refreshed["refreshToken"].as_str().unwrap();
    let refreshed = world.refresh("google", jwt, refresh_token).await.body;
    assert_eq!(
        (&refreshed["refreshToken"], &refreshed["expiresIn"]),
        (&json!(refresh_token), &json!(60))
    );
    let token = refreshed["accessToken"].as_str().unwrap();
    assert_eq!(world.opens("google", token).await, 200);

    world.post(&format!("{path}/expire"), "", json!({})).await;
    assert_eq!(world.opens("google", token).await, 401);
    world.post(&format!("{path}/revoke"), "", json!({})).await;
    let view = world.get(&path, "").await.body;
    assert_eq!(
        (&view["alive"], &view["revokedReason"]),
        (&json!(false), &json!("the user revoked it"))
    );
    let none = world.get(&format!("/control/grants/{id}/spotify"), "").await;
    assert_eq!((none.status, none.body), (200, Value::Null), "no grant is an answer as well");
    let stranger = format!("/control/grants/{}/google", Uuid::nil());
    assert_eq!(world.get(&stranger, "").await.status, 404);
}

#[tokio::test]
async fn outages_faults_calls_and_the_clock_can_be_set() {
    let world = World::new().await;
    let down = |down: bool| json!({ "down": down });
    let outage = "/control/providers/google/outage";
    assert_eq!(world.post(outage, "", down(true)).await.status, 204);
    assert_eq!(world.opens("google", "token").await, 503);
    assert_eq!(world.get(outage, "").await.body, down(true));
    world.post(outage, "", down(false)).await;
    assert_eq!(world.get(outage, "").await.body, down(false));
    assert_eq!(world.opens("google", "token").await, 401);

    for (fault, status) in [
        (json!({ "type": "rateLimited" }), 429),
        (json!({ "type": "empty", "status": 502 }), 502),
        (json!({ "type": "status", "status": 418, "body": "{}", "contentType": "text/x" }), 418),
    ] {
        let body = json!({ "endpoint": "healthz", "fault": fault, "once": true });
        assert_eq!(world.post("/control/faults", "", body).await.status, 204);
        assert_eq!(world.get("/v1/healthz", "").await.status, status);
    }
    let standing = json!({ "endpoint": "userinfo", "provider": "google", "fault": { "type": "html", "status": 500 } });
    world.post("/control/faults", "", standing).await;
    assert_eq!(world.opens("google", "token").await, 500);
    let heal = world.http.delete(world.url("/control/faults"));
    assert_eq!(answer(heal).await.status, 204);
    assert_eq!(world.opens("google", "token").await, 401);

    let calls = world.get("/control/calls", "").await.body;
    assert_eq!(calls.as_array().unwrap().len(), 7);
    assert_eq!(
        (&calls[0]["endpoint"], &calls[0]["provider"]),
        (&json!("userinfo"), &json!("google"))
    );
    answer(world.http.delete(world.url("/control/calls"))).await;
    assert_eq!(world.get("/control/calls", "").await.body, json!([]));

    let time = world.post("/control/clock/advance", "", json!({ "seconds": 90 })).await.body;
    assert_eq!(time["now"], "2030-01-01T12:01:30Z");
    let back = world.post("/control/clock/advance", "", json!({ "seconds": -1 })).await;
    assert_eq!(back.status, 422);
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let world = World::new().await;
    for path in ["/v1/token/provider/google", "/providers/google/userinfo", "/control/calls"] {
        let preflight = world
            .http
            .request(reqwest::Method::OPTIONS, world.url(path))
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,x-custom")
            .send()
            .await
            .unwrap();
        assert_eq!(preflight.status(), 204);
        let allowed = &preflight.headers()["access-control-allow-headers"];
        assert_eq!(allowed, "authorization,content-type,x-custom");
    }
    let response = world.http.get(world.url("/v1/healthz")).send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
}
