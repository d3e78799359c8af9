//! `lab serve`, and `lab` alone: ports, browsers, reports.

use std::net::TcpListener;

use anyhow::{Result, ensure};
use lab_tests::http::Request;
use lab_tests::lab::{Bench, Server};

#[test]
fn a_port_in_use_is_named() -> Result<()> {
    let bench = Bench::new()?;
    let taken = TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();
    let said = bench
        .lab(&["serve", "--no-open", "--port", &port])?
        .refused(1)?;
    ensure!(said.contains(&port) && said.contains("in use"), "{said}");
    Ok(())
}

#[test]
fn what_is_no_port_is_refused() -> Result<()> {
    let bench = Bench::new()?;
    for port in ["70000", "http", "-1"] {
        let said = bench
            .lab(&["serve", "--no-open", &format!("--port={port}")])?
            .refused(2)?;
        ensure!(said.contains(port), "{said}");
    }
    Ok(())
}

/// Without a browser it serves all the same, and the address stands there to be copied.
#[test]
fn no_browser_is_no_error() -> Result<()> {
    let bench = Bench::new()?;
    let mut command = bench.command(&["serve", "--port", "0"])?;
    // Nothing to open a page with, as on a server
    command
        .env("PATH", bench.path())
        .env("BROWSER", "no-such-browser")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    let server = Server::start(command)?;
    let answer = Request::get("/").send(server.authority())?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

#[test]
fn a_report_that_is_not_there_is_said_at_once() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("broken.json", "{")?;
    let said = bench
        .lab(&[
            "serve",
            "--no-open",
            "--port",
            "0",
            "--report",
            "broken.json",
        ])?
        .refused(1)?;
    ensure!(said.contains("broken.json"), "{said}");
    Ok(())
}
