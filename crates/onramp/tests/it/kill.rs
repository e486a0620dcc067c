//! `kill -9` while configs are being created: what was acknowledged is there, nothing is half.

use crate::binary::{Client, Process, admin_file};
use onramp::serve::data_dir::AdminFile;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const WRITERS: usize = 4;
const ROUNDS: usize = 3;

#[test]
fn what_was_acknowledged_survives() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let (mut acknowledged, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        let mut process = Process::start(&data, &log, &[], &[]);
        let admin = admin_file(&data);
        check(&process.client(), &admin, &acknowledged, &asked);
        let client = process.client();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (client, admin, stop) = (&client, &admin, &stop);
                    scope.spawn(move || write(client, admin, stop, &format!("r{round}-w{writer}")))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(400 + 150 * round as u64));
            process.kill();
            stop.store(true, Ordering::SeqCst);
            for writer in writers {
                let (done, tried) = writer.join().unwrap();
                acknowledged.extend(done);
                asked.extend(tried);
            }
        });
        assert!(acknowledged.len() > round, "nothing was created before the kill");
    }
    let process = Process::start(&data, &log, &[], &[]);
    check(&process.client(), &admin_file(&data), &acknowledged, &asked);
}

/// Creates configs until the server is gone.
fn write(client: &Client, admin: &AdminFile, stop: &AtomicBool, name: &str) -> (Vec<String>, Vec<String>) {
    let (mut done, mut tried) = (Vec::new(), Vec::new());
    for number in 0.. {
        let id = format!("{name}-{number}");
        let body =
            json!({"external_id": id, "external_key": format!("key-{id}"), "content": "c"}).to_string();
        let path = format!("/{}/clients/configs", admin.domain_id);
        tried.push(id.clone());
        match client.json("POST", &path, &admin.token, &body) {
            Some((201, _)) => done.push(id),
            Some((status, text)) => panic!("{status} {text}"),
            None => break,
        }
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
    (done, tried)
}

fn check(client: &Client, admin: &AdminFile, acknowledged: &BTreeSet<String>, asked: &BTreeSet<String>) {
    let mut served = 0;
    for id in asked {
        let authorization = format!("Client key-{id}");
        let path = format!("/clients/bootstrap/{id}");
        let (status, text) = client.send("GET", &path, &[("Authorization", &authorization)], "").unwrap();
        match status {
            200 => served += 1,
            403 => assert!(!acknowledged.contains(id), "{id} was acknowledged and is lost"),
            _ => panic!("{id}: {status} {text}"),
        }
    }
    let total = |path: &str| {
        let path = format!("/{}{path}?limit=1", admin.domain_id);
        let (status, text) = client.json("GET", &path, &admin.token, "").unwrap();
        assert_eq!(status, 200, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["total"].as_u64().unwrap()
    };
    // Each config has its client and its device, and there are no others.
    assert_eq!(total("/clients/configs"), served);
    assert_eq!(total("/clients"), served);
}
