//! Measuring from the page: refused when senseless, watched while it runs, stopped on request,
//! kept afterwards.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab_core::live::Event;
use lab_core::report::Report;
use lab_tests::http::{Answer, Request};
use lab_tests::lab::{Bench, Server};
use lab_tests::reports;
use serde_json::{Value, json};

struct Client<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server) -> Result<Client<'a>> {
        let (_, token) = server.address().split_once("?token=").context("no token")?;
        Ok(Client {
            server,
            token: token.to_owned(),
        })
    }

    fn get(&self, path: &str) -> Result<Answer> {
        Request::get(path).send(self.server.authority())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let request = Request::post(path, body).header("x-lab-token", &self.token);
        request.send(self.server.authority())
    }

    fn start(&self, study: &str) -> Result<u64> {
        let answer = self.post("/api/run", &json!({ "studies": [study], "quick": true }))?;
        ensure!(answer.status == 202, "{answer:?}");
        answer.json()?["id"].as_u64().context("no number")
    }

    /// Everything a run tells, to its end.
    fn events(&self, id: u64) -> Result<Vec<Event>> {
        let answer = self.get(&format!("/api/run/{id}/events"))?;
        ensure!(answer.status == 200, "{answer:?}");
        ensure!(
            answer
                .header("content-type")
                .is_some_and(|media| media.starts_with("text/event-stream")),
            "{}",
            answer.head
        );
        let text = answer.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.map(|data| serde_json::from_str(data.trim()).with_context(|| data.to_owned()))
            .collect()
    }
}

#[test]
fn senseless_requests_are_refused_in_words() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let client = Client::new(&server)?;
    for (body, word) in [
        (json!({ "studies": [] }), "study"),
        (json!({ "studies": ["astrology"] }), "astrology"),
        (json!({}), "studies"),
        (json!({ "studies": ["bandwidth"], "speed": 9 }), "speed"),
        (json!([]), " "),
    ] {
        let answer = client.post("/api/run", &body)?;
        ensure!(answer.status == 400, "{body}: {answer:?}");
        ensure!(answer.error()?.contains(word), "{body}: {answer:?}");
    }
    let broken = Request::post("/api/run", &json!({}))
        .header("x-lab-token", &client.token)
        .body("{");
    ensure!(broken.send(server.authority())?.status == 400);
    let number = client.post("/api/run/one/cancel", &json!({}))?;
    ensure!(
        number.status == 400 && number.error()?.contains("one"),
        "{number:?}"
    );
    ensure!(client.post("/api/run/9/cancel", &json!({}))?.status == 404);
    ensure!(client.get("/api/status")?.json()?["running"].is_null());
    Ok(())
}

#[test]
fn a_run_is_told_from_its_start_and_kept() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let client = Client::new(&server)?;
    ensure!(client.get("/api/status")?.json()?["has_report"] == false);
    let id = client.start("stride-sweep")?;
    let events = client.events(id)?;
    ensure!(
        events.last() == Some(&Event::Finished),
        "{:?}",
        events.last()
    );
    ensure!(events.iter().filter(|event| event.is_last()).count() == 1);
    let points = events
        .iter()
        .filter(|event| matches!(event, Event::Point { .. }))
        .count();
    ensure!(points > 5, "only {points} points were told");
    let done = events.iter().filter_map(|event| match event {
        Event::Progress { done, .. } => Some(*done),
        _ => None,
    });
    let done: Vec<f64> = done.collect();
    ensure!(
        done.len() > 3 && done.is_sorted(),
        "progress went back: {done:?}"
    );
    ensure!(
        done.iter().all(|done| (0.0..=1.0).contains(done)),
        "{done:?}"
    );
    // Late listeners hear the same
    ensure!(client.events(id)? == events);

    let status = client.get("/api/status")?.json()?;
    ensure!(
        status["has_report"] == true && status["running"].is_null(),
        "{status}"
    );
    let report = Report::from_json(&client.get("/api/report")?.text())?;
    let experiment = report
        .experiment("stride-sweep")
        .context("not in the report")?;
    for reading in lab_core::evidence::Reading::ALL {
        let there = experiment
            .series
            .iter()
            .any(|series| series.reading == reading && !series.points.is_empty());
        ensure!(there, "no {} series", reading.name());
    }
    Ok(())
}

#[test]
fn one_run_at_a_time_and_it_can_be_stopped() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let client = Client::new(&server)?;
    let id = client.start("latency-ladder")?;
    let second = client.post(
        "/api/run",
        &json!({ "studies": ["bandwidth"], "quick": true }),
    )?;
    ensure!(second.status == 409, "{second:?}");
    ensure!(second.error()?.contains(&id.to_string()), "{second:?}");
    ensure!(client.get("/api/status")?.json()?["running"]["id"] == json!(id));

    let asked = Instant::now();
    ensure!(
        client
            .post(&format!("/api/run/{id}/cancel"), &json!({}))?
            .status
            == 204
    );
    let events = client.events(id)?;
    ensure!(
        events.last() == Some(&Event::Cancelled),
        "{:?}",
        events.last()
    );
    ensure!(
        asked.elapsed() < Duration::from_secs(10),
        "it took {:?} to stop",
        asked.elapsed()
    );
    ensure!(client.get("/api/status")?.json()?["running"].is_null());
    // The way is free again
    let next = client.start("stride-sweep")?;
    ensure!(next == id + 1);
    thread::sleep(Duration::from_millis(300));
    ensure!(
        client
            .post(&format!("/api/run/{next}/cancel"), &json!({}))?
            .status
            == 204
    );
    ensure!(client.events(next)?.last() == Some(&Event::Cancelled));
    Ok(())
}

#[test]
fn a_given_report_is_served_as_it_is() -> Result<()> {
    let bench = Bench::new()?;
    let report = reports::made_up("laptop", 1.5);
    bench.file("report.json", report.to_json())?;
    let server = bench.serve(&["--report", "report.json"])?;
    let client = Client::new(&server)?;
    ensure!(client.get("/api/status")?.json()?["has_report"] == true);
    ensure!(Report::from_json(&client.get("/api/report")?.text())? == report);
    Ok(())
}
