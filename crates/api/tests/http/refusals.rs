use super::*;

#[tokio::test]
async fn large_bodies_are_refused_with_the_limit() {
    let stub = Arc::new(Stub::default());
    let large = "x".repeat(10_000);
    let body = form(&[("scan", &large), ("declaration", DECLARATION)]);
    let problem = send(app(&stub), post_scan(Some("\"k\""), None, body)).await.problem(413, "body_too_large");
    assert_eq!(problem["limit"], "4096");
    assert!(stub.scans.lock().unwrap().is_empty());

    let request = Request::put("/api/v1/declarations/D1")
        .header("content-type", "application/json")
        .body(Body::from(" ".repeat(2 << 20)))
        .unwrap();
    assert_eq!(send(app(&stub), request).await.problem(413, "body_too_large")["limit"], (1 << 20).to_string());
}

#[tokio::test]
async fn forms_need_exactly_their_two_parts() {
    let stub = Arc::new(Stub::default());
    for (parts, field) in [
        (vec![("scan", "x")], "declaration"),
        (vec![("declaration", DECLARATION)], "scan"),
        (vec![("scan", "x"), ("scan", "y"), ("declaration", DECLARATION)], "body"),
        (vec![("scan", "x"), ("declaration", DECLARATION), ("more", "z")], "body"),
    ] {
        let problem =
            send(app(&stub), post_scan(Some("\"k\""), None, form(&parts))).await.problem(400, "invalid_request");
        assert_eq!(problem["field"], field, "{parts:?}");
    }
    let mut request = post_scan(Some("\"k\""), None, Body::from("{}"));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    send(app(&stub), request).await.problem(415, "unsupported_media_type");
    assert!(stub.scans.lock().unwrap().is_empty());
}

#[tokio::test]
async fn declarations_are_refused_with_path_limit_and_all_faults() {
    let stub = Arc::new(Stub::default());
    let post =
        |declaration: &str| post_scan(Some("\"k\""), None, form(&[("scan", "x"), ("declaration", declaration)]));
    let unknown = send(app(&stub), post(r#"{"stage":"full","number":"1","colour":"red"}"#)).await;
    let problem = unknown.problem(422, "invalid_input");
    assert_eq!(problem["field"], "declaration.colour");
    let several = send(app(&stub), post(r#"{"stage":"full","gross_kg":-1,"items":[{"line":0}]}"#)).await;
    assert_eq!(several.problem(422, "invalid_input")["faults"].as_array().unwrap().len(), 4);
    send(app(&stub), post("{")).await.problem(400, "invalid_request");
    let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
    send(app(&stub), post(&deep)).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn bad_paths_and_queries_are_problems_too() {
    let stub = Arc::new(Stub::default());
    for uri in [
        "/api/v1/scans/no-uuid",
        "/api/v1/scans?limit=0",
        "/api/v1/scans?limit=501",
        "/api/v1/scans?sort=colour",
        "/api/v1/scans?colour=red",
        "/api/v1/events?limit=x",
    ] {
        get(&stub, uri).await.problem(400, "invalid_request");
    }
    let render = format!("/api/v1/scans/{}/views/0/render", stub::SCAN);
    get(&stub, &format!("{render}?preset=sepia")).await.problem(400, "invalid_request");
    get(&stub, &format!("{render}?max_width=0")).await.problem(400, "invalid_request");
    get(&stub, "/api/v1/nothing").await.problem(404, "not_found");
    get(&stub, &format!("/api/v1/scans/{}", stub::SCAN)).await.problem(404, "not_found");
    let request = Request::delete("/api/v1/scans").body(Body::empty()).unwrap();
    send(app(&stub), request).await.problem(405, "method_not_allowed");
    let wait = send(app(&stub), post_scan(Some("k"), Some("wait=soon"), form(&[]))).await;
    assert_eq!(wait.problem(400, "invalid_request")["field"], "Prefer");
}

#[tokio::test]
async fn faults_of_ours_say_nothing_of_their_cause() {
    let stub = Arc::new(Stub { refusal: Some(pellucid_core::ErrorKind::Internal), ..Stub::default() });
    let body = form(&[("scan", "x"), ("declaration", DECLARATION)]);
    let internal = send(app(&stub), post_scan(Some("\"k\""), None, body)).await;
    internal.problem(500, "internal");
    assert!(!String::from_utf8_lossy(&internal.body).contains("secret"));

    let panicked = get(&stub, &format!("/api/v1/scans/{}", uuid::Uuid::from_u128(1))).await;
    panicked.problem(500, "internal");
    assert!(!String::from_utf8_lossy(&panicked.body).contains("secret"));
}

#[tokio::test]
async fn requests_end_in_time_and_overload_says_when_to_come_again() {
    let slow = get(&Arc::new(Stub::default()), &format!("/api/v1/scans/{}", uuid::Uuid::from_u128(2))).await;
    slow.problem(504, "timeout");
    let stub = Arc::new(Stub { refusal: Some(pellucid_core::ErrorKind::Overloaded), ..Stub::default() });
    let body = form(&[("scan", "x"), ("declaration", DECLARATION)]);
    let busy = send(app(&stub), post_scan(Some("\"k\""), None, body)).await;
    busy.problem(503, "overloaded");
    assert_eq!(busy.header("retry-after"), "2");
}
