//! What is served: the page and nothing else of this machine.

use anyhow::{Context, Result, ensure};
use lab_tests::http::Request;
use lab_tests::lab::Bench;

#[test]
fn the_page_and_its_parts_come_with_their_media_types() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    for (path, media) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/lab-web.js", "text/javascript"),
        ("/lab-web_bg.wasm", "application/wasm"),
        ("/parts/chunks.wasm", "application/wasm"),
    ] {
        let answer = Request::get(path).send(server.authority())?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        let found = answer.header("content-type").context("no media type")?;
        ensure!(found.starts_with(media), "{path}: {found}");
        ensure!(
            answer.header("x-content-type-options") == Some("nosniff"),
            "{path}"
        );
    }
    let page = Request::get("/").send(server.authority())?.text();
    ensure!(
        page.contains("name=\"lab-live\""),
        "the page does not know that it is live"
    );
    Ok(())
}

#[test]
fn a_browser_that_takes_gzip_gets_it_and_nothing_twice() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    let path = "/lab-web_bg.wasm";
    let plain = Request::get(path).send(server.authority())?;
    let packed = Request::get(path)
        .header("accept-encoding", "gzip, br")
        .send(server.authority())?;
    ensure!(plain.header("content-encoding") != Some("gzip"));
    ensure!(packed.header("content-encoding") == Some("gzip"));
    ensure!(packed.header("content-type") == Some("application/wasm"));
    ensure!(packed.header("vary") == Some("accept-encoding"));
    ensure!(packed.body.len() * 2 < plain.body.len(), "hardly smaller");
    let tag = packed.header("etag").context("no tag")?;
    ensure!(plain.header("etag") != Some(tag), "two contents, one tag");
    let again = Request::get(path)
        .header("accept-encoding", "gzip, br")
        .header("if-none-match", tag)
        .send(server.authority())?;
    ensure!(again.status == 304 && again.body.is_empty(), "{again:?}");
    // The copies are no files of their own
    ensure!(
        Request::get("/lab-web_bg.wasm.gz")
            .send(server.authority())?
            .status
            == 404
    );
    Ok(())
}

#[test]
fn no_path_leads_out_of_the_page() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("secret.txt", "not for others")?;
    let secret = bench.path().join("secret.txt");
    let secret = secret.to_str().context("a plain path")?;
    let server = bench.serve(&[])?;
    for path in [
        "/../secret.txt",
        "/../../../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/css/../../../../../../../../etc/passwd",
        "//etc/passwd",
        "/etc/passwd",
        "/..\\..\\..\\etc\\passwd",
        "/index.html/../../etc/passwd",
        "/%00",
        "/Cargo.toml",
        "/api/../../etc/passwd",
        "/api/report/../../../etc/passwd",
        &format!("/{secret}"),
        secret,
    ] {
        let answer = Request::get(path).send(server.authority())?;
        ensure!((400..500).contains(&answer.status), "{path}: {answer:?}");
        let text = answer.text();
        ensure!(
            !text.contains("root:") && !text.contains("not for others"),
            "{path}: {text}"
        );
    }
    // It still serves
    ensure!(Request::get("/").send(server.authority())?.status == 200);
    Ok(())
}

#[test]
fn what_is_not_there_is_said_in_a_sentence() -> Result<()> {
    let bench = Bench::new()?;
    let server = bench.serve(&[])?;
    for path in [
        "/no-such-file",
        "/api/no-such-call",
        "/api/report",
        "/api/run/7/events",
    ] {
        let answer = Request::get(path).send(server.authority())?;
        ensure!(answer.status == 404, "{path}: {answer:?}");
        ensure!(
            answer.error()?.contains(' '),
            "{path}: no sentence: {answer:?}"
        );
    }
    for (method, path) in [("DELETE", "/"), ("PUT", "/api/report"), ("GET", "/api/run")] {
        let answer = Request::new(method, path).send(server.authority())?;
        ensure!(
            (400..500).contains(&answer.status),
            "{method} {path}: {answer:?}"
        );
        answer.error().with_context(|| format!("{method} {path}"))?;
    }
    Ok(())
}
