//! Who is let in: this machine's browser, on the server's own page, with the token of this start.

use anyhow::{Context, Result, ensure};
use lab_tests::http::Request;
use lab_tests::lab::{Bench, Server};
use serde_json::{Value, json};

const TOKEN: &str = "x-lab-token";

/// A request that would act, if it were let in. Nothing is measured: no study has this name.
fn acting() -> Request {
    Request::post(
        "/api/run",
        &json!({ "studies": ["no-such-study"], "quick": true }),
    )
}

fn token(server: &Server) -> Result<String> {
    let (_, token) = server
        .address()
        .split_once("?token=")
        .context("the address has no token")?;
    Ok(token.to_owned())
}

fn running(server: &Server) -> Result<Value> {
    Ok(Request::get("/api/status")
        .send(server.authority())?
        .json()?["running"]
        .clone())
}

#[test]
fn the_address_holds_loopback_and_a_long_token() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    ensure!(
        server.authority().starts_with("127.0.0.1:"),
        "{}",
        server.address()
    );
    let token = token(&server)?;
    ensure!(
        token.len() >= 32 && token.chars().all(|c| c.is_ascii_hexdigit()),
        "{token}"
    );
    let again = Bench::new()?.serve(&[])?.address().to_owned();
    ensure!(!again.contains(&token), "two starts share a token");
    Ok(())
}

#[test]
fn a_foreign_host_is_refused() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let port = server.authority().rsplit(':').next().unwrap_or_default();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        "127.0.0.1:1".to_owned(),
        String::new(),
    ] {
        for path in ["/", "/api/status", "/api/report"] {
            let answer = Request::get(path)
                .header("Host", &host)
                .send(server.authority())?;
            ensure!(answer.status == 403, "{host} {path}: {answer:?}");
            ensure!(answer.error()?.contains("127.0.0.1"), "{answer:?}");
        }
    }
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let answer = Request::get("/api/status")
            .header("Host", &host)
            .send(server.authority())?;
        ensure!(answer.status == 200, "{host}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_foreign_origin_is_refused_even_with_the_token() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let token = token(&server)?;
    for origin in [
        "http://evil.example",
        "https://127.0.0.1",
        "null",
        "http://127.0.0.1:1",
    ] {
        let request = acting().header(TOKEN, &token).header("Origin", origin);
        let answer = request.send(server.authority())?;
        ensure!(answer.status == 403, "{origin}: {answer:?}");
        ensure!(
            answer.header("access-control-allow-origin").is_none(),
            "{origin} would be let in by the browser: {answer:?}"
        );
    }
    let own = format!("http://{}", server.authority());
    let answer = acting()
        .header(TOKEN, &token)
        .header("Origin", &own)
        .send(server.authority())?;
    ensure!(answer.status != 403, "the own page was refused: {answer:?}");
    Ok(())
}

#[test]
fn a_preflight_from_elsewhere_allows_nothing() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let answer = Request::new("OPTIONS", "/api/run")
        .header("Origin", "http://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", TOKEN)
        .send(server.authority())?;
    ensure!(
        answer.header("access-control-allow-origin").is_none(),
        "{answer:?}"
    );
    ensure!(answer.status >= 400, "{answer:?}");
    Ok(())
}

#[test]
fn what_acts_needs_the_token_of_this_start() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let right = token(&server)?;
    let wrong = [
        "",
        "0",
        &right[1..],
        &format!("{right}0"),
        &"0".repeat(right.len()),
    ];
    for request in [acting(), Request::post("/api/run/1/cancel", &json!({}))] {
        let answer = request.send(server.authority())?;
        ensure!(answer.status == 403, "without a token: {answer:?}");
        ensure!(answer.error()?.contains("token"), "{answer:?}");
        for token in wrong {
            let answer = request
                .clone()
                .header(TOKEN, token)
                .send(server.authority())?;
            ensure!(answer.status == 403, "with `{token}`: {answer:?}");
        }
        // In the address it would leak into logs and histories
        let line = format!("/api/run?token={right}");
        let answer = Request::post(&line, &json!({ "studies": [] })).send(server.authority())?;
        ensure!(
            answer.status == 403,
            "with the token in the address: {answer:?}"
        );
    }
    ensure!(running(&server)?.is_null(), "something runs");
    Ok(())
}

/// Other machines cannot even connect: nothing listens on any other address of this one.
#[cfg(target_os = "linux")]
#[test]
fn nothing_listens_beyond_loopback() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let port: u16 = server
        .authority()
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .parse()?;
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // IPv6 may be switched off
        let Ok(table) = std::fs::read_to_string(table) else {
            continue;
        };
        for line in table.lines().skip(1) {
            let mut words = line.split_whitespace().skip(1);
            let (Some(local), _, Some(state)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            let listens = state == "0A";
            if let Some((address, at)) = local.split_once(':')
                && listens
                && u16::from_str_radix(at, 16)? == port
            {
                found.push(address.to_owned());
            }
        }
    }
    // 127.0.0.1, as the kernel writes it
    ensure!(found == ["0100007F"], "it listens on {found:?}");
    Ok(())
}
