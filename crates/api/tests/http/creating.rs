use super::*;

fn body() -> Body {
    form(&[("scan", "counts"), ("declaration", DECLARATION)])
}

#[tokio::test]
async fn intake_answers_202_with_the_place_of_the_scan() {
    let stub = Arc::new(Stub::default());
    let answer = send(app(&stub), post_scan(Some("\"k1\""), None, body())).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.header("location"), format!("/api/v1/scans/{}", stub::SCAN));
    assert_eq!(answer.json()["declaration_no"], "D1");
    let scans = stub.scans.lock().unwrap();
    assert_eq!(*scans, [(Some("scan.tif".to_owned()), b"counts".to_vec())], "the file, under its bare name");
}

#[tokio::test]
async fn a_preferred_wait_answers_200_with_the_evaluation_when_it_comes_in_time() {
    let quick = Arc::new(Stub { is_quick: true, ..Stub::default() });
    let answer = send(app(&quick), post_scan(Some("\"k1\""), Some("respond-async, wait=5"), body())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("preference-applied"), "wait=5");
    assert_eq!(answer.json()["lane"], "red");
    assert_eq!(answer.json()["where"], "port");

    let slow = Arc::new(Stub::default());
    let answer = send(app(&slow), post_scan(Some("\"k1\""), Some("wait=5"), body())).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.header("preference-applied"), "");
}

#[tokio::test]
async fn the_same_key_and_body_is_answered_again_and_creates_nothing() {
    let stub = Arc::new(Stub::default());
    let first = send(app(&stub), post_scan(Some("\"k1\""), None, body())).await;
    let again = send(app(&stub), post_scan(Some("\"k1\""), None, body())).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(stub.scans.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_are_missed_reused_and_in_progress_as_the_contract_says() {
    let stub = Arc::new(Stub::default());
    send(app(&stub), post_scan(None, None, body())).await.problem(400, "idempotency_key_missing");
    for bad in ["\"\"", "a\"b", &"k".repeat(300)] {
        send(app(&stub), post_scan(Some(bad), None, body())).await.problem(400, "invalid_request");
    }

    send(app(&stub), post_scan(Some("\"k1\""), None, body())).await;
    for other in [
        form(&[("scan", "other"), ("declaration", DECLARATION)]),
        form(&[("scan", "counts"), ("declaration", r#"{"stage":"full","number":"D2"}"#)]),
        // The same bytes, cut at another place.
        form(&[("scan", "count"), ("declaration", &format!("s{DECLARATION}"))]),
    ] {
        let answer = send(app(&stub), post_scan(Some("\"k1\""), None, other)).await;
        assert!(matches!(answer.status.as_u16(), 422 | 400), "{}", answer.status);
    }
    assert_eq!(stub.scans.lock().unwrap().len(), 1);

    let fingerprint = stub.fingerprint("k1").unwrap();
    stub.hold("k2", &fingerprint);
    let problem = send(app(&stub), post_scan(Some("k2"), None, body())).await.problem(409, "request_in_progress");
    assert_eq!(problem["field"], "Idempotency-Key");
    assert!(problem["retry_after_s"].as_u64().is_some());
}

#[tokio::test]
async fn a_refused_request_frees_its_key() {
    let refusing = Arc::new(Stub { refusal: Some(pellucid_core::ErrorKind::TooLarge), ..Stub::default() });
    for _ in 0..2 {
        let answer = send(app(&refusing), post_scan(Some("\"k1\""), None, body())).await;
        let problem = answer.problem(422, "limit_exceeded");
        assert_eq!(problem["field"], "scan: width");
        assert_eq!(problem["limit"], "131072");
        assert_eq!(problem["value"], "200000");
    }
    assert_eq!(refusing.fingerprint("k1"), None);
}

#[tokio::test]
async fn dry_runs_need_no_key_and_have_no_id() {
    let stub = Arc::new(Stub::default());
    let post = |body: String, key: Option<&str>| {
        let mut request = Request::post("/api/v1/evaluations").header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.body(Body::from(body)).unwrap()
    };
    let scan = stub::SCAN;
    let dry = send(app(&stub), post(format!(r#"{{"scan":"{scan}","dry_run":true}}"#), None)).await;
    assert_eq!(dry.status, StatusCode::OK);
    assert!(dry.json()["id"].is_null());

    let wet = format!(r#"{{"scan":"{scan}"}}"#);
    send(app(&stub), post(wet.clone(), None)).await.problem(400, "idempotency_key_missing");
    let ordered = send(app(&stub), post(wet, Some("\"k\""))).await;
    assert_eq!(ordered.status, StatusCode::ACCEPTED);

    let own = format!(r#"{{"scan":"{scan}","declaration":{DECLARATION}}}"#);
    send(app(&stub), post(own, Some("\"k3\""))).await.problem(422, "invalid_input");
}
