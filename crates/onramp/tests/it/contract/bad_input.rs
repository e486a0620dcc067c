//! Route × bad input: a clear answer, and nothing lost.

use super::assert_decent;
use super::fresh::{Fresh, refresh_token};
use super::routes::{Needs, ROUTES, Route};
use crate::harness::{Answer, Ask, TestApp, Who, ask, get};
use serde_json::{Value, json};

/// Somebody who may do everything.
const MIGHTY: Who = Who::PlatformAdmin;

async fn send(app: &TestApp, route: &Route, request: Ask) -> Answer {
    let request = match route.needs {
        Needs::Refresh => request.bearer(&refresh_token(app).await),
        _ => app.world.sign(MIGHTY, request),
    };
    let answer = app.send(request).await;
    assert_decent(&answer);
    answer
}

#[tokio::test]
async fn bodies() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| route.body.is_some()) {
        let fresh = Fresh::new(&app, route, MIGHTY).await;
        let good = route.body.unwrap()(&fresh).to_string();
        let bare = || ask(route.method(), &fresh.path(route));
        let mut padded = good.clone().into_bytes();
        padded.resize((1 << 20) + 1, b' ');
        for (what, request, status) in [
            ("half", bare().text(&good[..good.len() - 1]), 400),
            ("not JSON", bare().text("{bad"), 400),
            ("empty", bare().text(""), 400),
            ("a text", bare().text("\"x\""), 400),
            ("a number", bare().text("7"), 400),
            ("text behind it", bare().text(&format!("{good} garbage")), 400),
            ("two values", bare().text(&format!("{good}{good}")), 400),
            (
                "not UTF-8",
                bare().header("Content-Type", "application/json").bytes(b"{\"name\":\"\xff\"}"),
                400,
            ),
            ("no content type", bare().bytes(good.as_bytes()), 415),
            ("a form", bare().header("Content-Type", "text/plain").bytes(good.as_bytes()), 415),
            ("1 MiB + 1", bare().header("Content-Type", "application/json").bytes(&padded), 413),
        ] {
            let answer = send(&app, route, request).await;
            assert_eq!(answer.status, status, "{} with {what}: {}", route.operation, answer.text());
        }
        // None of it spent or broke anything: the good request still works.
        send(&app, route, fresh.ask(route)).await.expect(route.success);
    }
}

#[tokio::test]
async fn wrong_types_and_repetitions_name_the_field() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| route.body.is_some()) {
        let fresh = Fresh::new(&app, route, MIGHTY).await;
        let good = route.body.unwrap()(&fresh);
        let Some(object) = good.as_object() else { continue };
        for (field, value) in object {
            let mut bad = object.clone();
            bad.insert(field.clone(), wrong_type(value));
            let request = ask(route.method(), &fresh.path(route)).json(&Value::Object(bad));
            let answer = send(&app, route, request).await;
            assert_eq!(answer.status, 400, "{}, {field}: {}", route.operation, answer.text());
            let message = answer.message();
            assert!(message.contains(field.as_str()), "{}, {field}: {message}", route.operation);
            assert!(message.contains("expected"), "{}, {field}: {message}", route.operation);

            let text = good.to_string();
            let twice = format!("{},\"{field}\":{value}}}", &text[..text.len() - 1]);
            let answer = send(&app, route, ask(route.method(), &fresh.path(route)).text(&twice)).await;
            assert_eq!(answer.status, 400, "{}, {field} twice: {}", route.operation, answer.text());
            assert!(answer.message().contains(field.as_str()), "{}: {}", route.operation, answer.message());
        }
    }
}

fn wrong_type(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(["x"]),
        Value::Number(_) => json!("1"),
        _ => json!("x"),
    }
}

#[tokio::test]
async fn queries() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| route.is_list()) {
        let fresh = Fresh::new(&app, route, MIGHTY).await;
        let path = fresh.path(route);
        for (query, named) in [
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("limit=1.5", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("offset=-1", "offset"),
            ("offset=x", "offset"),
            ("limit=1&limit=2", "limit"),
            ("offset=1&offset=2", "offset"),
            ("colour=red", "colour"),
            ("colour=%FF", ""),
            ("colo%FFur=red", ""),
        ] {
            let answer = send(&app, route, get(&format!("{path}?{query}"))).await;
            assert_eq!(answer.status, 400, "{path}?{query}: {}", answer.text());
            assert!(answer.message().contains(named), "{path}?{query}: {}", answer.message());
        }
        let none = send(&app, route, get(&format!("{path}?limit=0"))).await;
        if let "configs" | "domains" | "pats" = path.rsplit('/').next().unwrap() {
            let page = none.expect(200).json();
            assert_eq!(page.as_object().unwrap().values().find(|value| value.is_array()), Some(&json!([])));
        } else {
            assert_eq!(none.expect(400).message(), "invalid limit size");
        }
        // As the published SDK asks.
        let page = send(&app, route, get(&format!("{path}?with_attributes=false&with_metadata=false"))).await;
        let page = page.expect(200).json();
        assert!(page["total"].is_u64() && page["limit"] == 10, "{path}: {page}");
        let rows = page.as_object().unwrap().values().filter(|value| value.is_array()).count();
        assert_eq!(rows, 1, "{path} has no list: {page}");
        send(&app, route, get(&format!("{path}?limit=100&offset=9223372036854775807"))).await.expect(200);
    }
}

#[tokio::test]
async fn paths() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| route.path().contains('{') && route.needs != Needs::Device) {
        let fresh = Fresh::new(&app, route, MIGHTY).await;
        let whole = fresh.path(route);
        let places: Vec<usize> = route
            .path()
            .split('/')
            .enumerate()
            .filter(|(_, part)| part.starts_with('{'))
            .map(|(i, _)| i)
            .collect();
        for place in places {
            for bad in ["%FF", "%C3%28", "%00", "a%2Fb", "%20", "..", "%2e%2e", &"x".repeat(5000), "'", "%25"]
            {
                let mut parts: Vec<&str> = whole.split('/').collect();
                parts[place] = bad;
                let mut request = fresh.ask(route);
                request.path = parts.join("/");
                let answer = send(&app, route, request).await;
                // To remove what is not there is no mistake.
                let removed =
                    route.operation == "DELETE /{domain}/clients/configs/{config}" && answer.status == 204;
                assert!(
                    removed || (400..500).contains(&answer.status),
                    "{}: {}",
                    answer.request,
                    answer.text()
                );
            }
        }
    }
}

#[tokio::test]
async fn credentials() {
    let app = TestApp::start().await;
    let token = app.world.token(Who::PlatformAdmin).to_owned();
    for route in ROUTES.iter().filter(|route| !matches!(route.needs, Needs::Nothing | Needs::Device)) {
        let fresh = Fresh::new(&app, route, MIGHTY).await;
        for value in [
            token.as_str(),
            "Bearer",
            "Bearer ",
            &format!("bearer {token}"),
            &format!("Bearer  {token}"),
            "Basic YTpi",
        ] {
            let answer = app.send(fresh.ask(route).header("Authorization", value)).await;
            assert_decent(&answer);
            assert_eq!(answer.status, 401, "{} with {value:?}: {}", route.operation, answer.text());
        }
        let answer = app.send(fresh.ask(route).raw_header("Authorization", b"Bearer \xff\xfe")).await;
        assert_decent(&answer);
        assert_eq!(answer.status, 401, "{}", route.operation);
    }
    for route in ROUTES.iter().filter(|route| route.needs == Needs::Device) {
        let path = route.path().replace("{external}", "d1");
        for value in ["key", "Client", "client key", "Bearer key", "thing key", ""] {
            let answer = app.send(ask(route.method(), &path).header("Authorization", value)).await;
            assert_eq!(answer.expect(401).message(), "missing or invalid bearer entity key");
        }
        assert_decent(&app.send(ask(route.method(), &path)).await.expect(401));
    }
    let missing = app.send(get("/clients/bootstrap").header("Authorization", "Client k")).await;
    assert_eq!(missing.expect(400).message(), "missing entity id");
}

#[tokio::test]
async fn other_methods_and_other_paths() {
    let app = TestApp::start().await;
    for route in ROUTES {
        let fresh = Fresh { unique: "x".into(), domain: app.world.domain.clone(), ..Fresh::default() };
        let path = fresh.path(route).replace("//", "/x/");
        for method in ["TRACE", "BREW"] {
            let answer = app.send(ask(method, path.trim_end_matches('/'))).await;
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
            assert!(answer.status == 404 || answer.header("Allow").is_some(), "{method} {path} has no Allow");
        }
    }
    for path in ["/nope", "/clients/bootstrap/a/b/c", "/things", "/%FF", "/a/b/c/d/e/f/g"] {
        let answer = app.send(get(path)).await.expect(404);
        assert_eq!(answer.text(), "404 page not found\n", "{path}");
    }
    app.send(ask("HEAD", "/clients/bootstrap/x")).await.expect(405);
}
