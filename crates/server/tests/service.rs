//! The service end to end: the binary, its store, its models, over HTTP.
//!
//! Needs ONNX Runtime where `cargo xtask setup` puts it, or `ORT_DYLIB_PATH`.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The workspace, where models and the setup folder lie.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A running `pellucid serve`, killed when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_pellucid"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .current_dir(root())
            .env("PELLUCID_GPU", "off")
            // A killed worker's job is free again after this.
            .env("PELLUCID_LEASE_S", "3")
            .env("PELLUCID_RECORDS", format!("sqlite://{}", data.join("records.db").display()))
            .env("PELLUCID_BLOBS", format!("file://{}", data.join("blobs").display()))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("the service did not start:\n{seen}") };
            if let Some(address) = line.strip_prefix("serving on http://") {
                break address.to_owned();
            }
            seen += &line;
            seen.push('\n');
        };
        // The pipe is drained, so that a talkative service never blocks on it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let host = if headers.iter().any(|(name, _)| *name == "host") { "" } else { "host: localhost\r\n" };
        let mut head = format!("{method} {path} HTTP/1.1\r\n{host}connection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: bytes[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    fn post_scan(&self, key: &str, prefer: &str, scan: &[u8], declaration: &[u8]) -> Answer {
        let mut body =
            b"--cut\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"scan.tif\"\r\n\r\n".to_vec();
        body.extend_from_slice(scan);
        body.extend_from_slice(b"\r\n--cut\r\nContent-Disposition: form-data; name=\"declaration\"\r\n\r\n");
        body.extend_from_slice(declaration);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let headers =
            [("content-type", "multipart/form-data; boundary=cut"), ("idempotency-key", key), ("prefer", prefer)];
        self.send("POST", "/api/v1/scans", &headers, &body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // kill -9: what was acknowledged must be there when it starts again.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn json(&self, status: u16) -> serde_json::Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{text}"))
    }
}

/// A sample case: scan and declaration.
fn sample(name: &str) -> (Vec<u8>, Vec<u8>) {
    let folder = root().join("sample_scans").join(name);
    (std::fs::read(folder.join("scan.tif")).unwrap(), std::fs::read(folder.join("declaration.json")).unwrap())
}

#[test]
fn a_scan_goes_in_and_a_reasoned_risk_comes_out_and_outlives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let (scan, declaration) = sample("groundnuts_as_coffee");
    let server = Server::start(data.path());
    let first = server.post_scan("\"k1\"", "wait=30", &scan, &declaration);
    let evaluation = first.json(200);
    assert!(first.head.contains("preference-applied: wait=30"), "{}", first.head);
    assert_ne!(evaluation["lane"], "green", "groundnuts declared as coffee must not be green");
    assert!(evaluation["risk_score"].as_f64().unwrap() > 0.0);
    assert!(evaluation["timings_ms"]["cargo"].as_f64().unwrap() > 0.0);
    let id = evaluation["scan"].as_str().unwrap().to_owned();

    // Acknowledged but not waited for: the job outlives the process.
    let (tyres, tyres_declared) = sample("tyres");
    let second = server.post_scan("\"k2\"", "respond-async", &tyres, &tyres_declared).json(202);
    drop(server);

    let server = Server::start(data.path());
    let replay = server.post_scan("\"k1\"", "wait=30", &scan, &declaration);
    assert_eq!(replay.json(200), evaluation, "the same key and body is answered again");
    assert_eq!(server.post_scan("\"k1\"", "wait=1", &tyres, &declaration).status, 422);

    let tyres_id = second["scan"].as_str().unwrap();
    let mut waited = 0;
    while server.get(&format!("/api/v1/scans/{tyres_id}")).json(200)["state"] == "received" {
        // The killed worker may have held the job: its lease must end first.
        assert!(waited < 240, "an acknowledged scan was never evaluated");
        waited += 1;
        std::thread::sleep(Duration::from_millis(500));
    }
    let list = server.get("/api/v1/scans?sort=risk").json(200);
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|scan| scan["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [id.as_str(), tyres_id], "worst first, and nothing twice");
}

#[test]
fn pictures_declarations_and_refusals_through_the_real_service() {
    let data = tempfile::tempdir().unwrap();
    let (scan, declaration) = sample("coffee");
    let server = Server::start(data.path());
    assert_eq!(server.get("/readyz").status, 200);
    let evaluation = server.post_scan("\"k1\"", "wait=30", &scan, &declaration).json(200);
    let id = evaluation["scan"].as_str().unwrap();
    let at = |rest: &str| format!("/api/v1/scans/{id}{rest}");

    for preset in pellucid_core::Preset::ALL {
        let picture = server.get(&at(&format!("/views/0/render?preset={preset}&max_width=400")));
        assert_eq!(picture.status, 200);
        assert!(picture.body.starts_with(b"\x89PNG"), "{preset}");
    }
    assert_eq!(server.get(&at("/views/1/render")).status, 404);
    assert_eq!(server.get(&at("/views/0/render?preset=purple")).status, 400);
    let map = server.get(&at("/views/0/maps/undeclared")).json(200);
    assert_eq!(map["unit"], "kg");
    assert!(server.get(&at("/views/0/maps/undeclared?format=png")).body.starts_with(b"\x89PNG"));
    assert_eq!(server.get(&at("/views/0/maps/change")).status, 404);

    // The same goods declared as something else: a new version, evaluated anew.
    let mut other: serde_json::Value = serde_json::from_slice(&declaration).unwrap();
    other["items"][0]["hs"] = "6109100010".into();
    let no = other["number"].as_str().unwrap().to_owned();
    let headers = [("content-type", "application/json"), ("prefer", "wait=30")];
    let body = serde_json::to_vec(&other).unwrap();
    let again = server.send("PUT", &at(&format!("/declarations/{no}")), &headers, &body).json(200);
    assert!(again["risk_score"].as_f64() > evaluation["risk_score"].as_f64(), "coffee declared as shirts is worse");
    assert_eq!(server.get(&at("/evaluations")).json(200)["items"].as_array().unwrap().len(), 2);
    let dry = format!("{{\"scan\":\"{id}\",\"dry_run\":true}}");
    let dry = server.send("POST", "/api/v1/evaluations", &headers, dry.as_bytes()).json(200);
    assert_eq!(dry["risk_score"], again["risk_score"]);
    assert_eq!(server.get(&at("/evaluations")).json(200)["items"].as_array().unwrap().len(), 2);

    let refused = server.post_scan("\"k2\"", "wait=1", b"no scan at all", &declaration).json(415);
    assert_eq!(refused["field"], "scan");
    assert_eq!(server.post_scan("\"k3\"", "wait=1", &scan[..scan.len() / 2], &declaration).status, 422);
    let foreign = server.send("GET", "/api/v1/scans", &[("host", "attacker.example")], b"");
    assert_eq!(foreign.status, 403, "other names that point here are not served");
    let kinds: Vec<_> = server.get("/api/v1/events").json(200)["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().split('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["scan", "evaluation", "evaluation"], "refused scans leave no trace");
    assert_eq!(server.get("/api/v1/jobs").json(200)["counts"]["done"], 2);
}
