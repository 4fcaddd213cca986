use super::*;

#[tokio::test]
async fn lists_understand_order_cursor_and_limit() {
    let stub = Arc::new(Stub::default());
    let seen = |answer: Answer| answer.json()["next"].as_str().unwrap().to_owned();
    let plain = seen(get(&stub, "/api/v1/scans").await);
    assert!(plain.contains("Received") && plain.contains("limit: 50"), "{plain}");
    let risk = seen(get(&stub, "/api/v1/scans?sort=risk&cursor=abc&limit=7").await);
    assert!(risk.contains("Risk") && risk.contains("abc") && risk.contains("limit: 7"), "{risk}");
    let jobs = seen(get(&stub, "/api/v1/jobs?state=dead").await);
    assert!(jobs.contains("Dead"), "{jobs}");
    assert_eq!(seen(get(&stub, "/api/v1/events?after=12").await), "12");
}

#[tokio::test]
async fn evaluations_are_flat_documents() {
    let stub = Arc::new(Stub::default());
    let evaluation = get(&stub, &format!("/api/v1/evaluations/{}", uuid::Uuid::from_u128(9))).await.json();
    assert_eq!(evaluation["risk_score"], 88.5);
    assert_eq!(evaluation["scan"], stub::SCAN.to_string());
    let list = get(&stub, &format!("/api/v1/scans/{}/evaluations", stub::SCAN)).await.json();
    assert_eq!(list["items"][0], evaluation);
}

#[tokio::test]
async fn pictures_carry_a_tag_and_are_not_sent_twice() {
    let stub = Arc::new(Stub::default());
    let uri = format!("/api/v1/scans/{}/views/0/render?preset=material&max_width=900", stub::SCAN);
    let first = get(&stub, &uri).await;
    assert_eq!(first.header("content-type"), "image/png");
    assert_eq!(first.header("etag"), "\"material-900\"");
    let request = Request::get(&uri).header("if-none-match", first.header("etag")).body(Body::empty()).unwrap();
    let second = send(app(&stub), request).await;
    assert_eq!((second.status, second.body.len()), (StatusCode::NOT_MODIFIED, 0));

    let map = format!("/api/v1/scans/{}/views/0/maps/undeclared", stub::SCAN);
    assert_eq!(get(&stub, &map).await.json()["unit"], "kg");
    assert_eq!(get(&stub, &format!("{map}?format=png")).await.header("content-type"), "image/png");
}

#[tokio::test]
async fn declarations_are_versioned_by_their_tag() {
    let stub = Arc::new(Stub::default());
    let put = |uri: &str, if_match: Option<&str>, body: &str| {
        let mut request = Request::put(uri);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(version) = if_match {
            request = request.header("if-match", version);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let created = send(app(&stub), put("/api/v1/declarations/D1", None, DECLARATION)).await;
    assert_eq!((created.status, created.header("etag")), (StatusCode::CREATED, "\"v1\""));
    let current = send(app(&stub), put("/api/v1/declarations/D1", Some("\"v1\""), DECLARATION)).await;
    assert_eq!(current.status, StatusCode::CREATED);
    let stale = send(app(&stub), put("/api/v1/declarations/D1", Some("\"v0\""), DECLARATION)).await;
    assert_eq!(stale.problem(412, "precondition_failed")["limit"], "v1");
    let other = send(app(&stub), put("/api/v1/declarations/D2", None, DECLARATION)).await;
    assert_eq!(other.problem(422, "invalid_input")["field"], "declaration.number");

    let scan = format!("/api/v1/scans/{}/declarations/D1", stub::SCAN);
    for (body, expected) in [(DECLARATION, "with a document"), ("", "without one")] {
        let answer = send(app(&stub), put(&scan, None, body)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(answer.json()["declaration_version"], expected);
    }
}

#[tokio::test]
async fn operations_answer_at_the_root() {
    let stub = Arc::new(Stub::default());
    assert_eq!(get(&stub, "/livez").await.json()["status"], "alive");
    assert_eq!(get(&stub, "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let ready = Arc::new(Stub { is_quick: true, ..Stub::default() });
    assert_eq!(get(&ready, "/readyz").await.status, StatusCode::OK);
    assert!(String::from_utf8(get(&stub, "/metrics").await.body).unwrap().contains("pellucid_up 1\n"));
    assert_eq!(get(&stub, "/openapi.json").await.json(), serde_json::to_value(pellucid_api::openapi()).unwrap());
}
