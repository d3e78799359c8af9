//! Once loaded, the static site needs its host no more, and a newer one is offered when it is there.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::lab::{Exported, Live, ready, routes};
use crate::session::{Page, browse};

/// Waits until all of the page is kept.
async fn kept(page: &Page) -> Result<()> {
    page.wait("a kept page", "navigator.serviceWorker.controller")
        .await
}

#[test]
fn every_page_opens_without_the_host() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/").await?;
        let routes = routes(page).await?;
        kept(page).await?;
        let report = "return (await caches.match(new URL('report.json', location))) === undefined";
        ensure!(
            page.run(report, vec![]).await? == true,
            "a report was kept, though it may change"
        );
        let address = exported.site.address();
        let Exported { site, .. } = exported;
        site.stop().await;
        for route in routes {
            page.goto("about:blank").await?;
            page.goto(&format!("{address}{route}")).await?;
            ready(page).await.with_context(|| route.clone())?;
            ensure!(
                page.eval("document.querySelector('main [data-testid=try-again]')")
                    .await?
                    .is_null(),
                "{route} has no text"
            );
        }
        // The start page and the report were asked of the host first, in vain
        for error in page.take_errors().await? {
            ensure!(error.contains("ERR_CONNECTION_REFUSED"), "{error}");
        }
        Ok(())
    })
}

#[test]
fn a_newer_page_is_offered_and_comes_when_asked_for() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        exported.open(page, "#/machine").await?;
        kept(page).await?;
        let file = exported.folder().join("sw.js");
        let service = std::fs::read_to_string(&file)?;
        let newer = service.replace("[VERSION, FILES] = [\"", "[VERSION, FILES] = [\"newer-");
        ensure!(newer != service, "the version is not where this test looks");
        std::fs::write(&file, newer)?;

        // Loaded anew: the same address alone would not be.
        page.goto("about:blank").await?;
        exported.open(page, "#/machine").await?;
        page.click(".update button").await?;
        let done = "
            const names = await caches.keys();
            return names.length === 1 && names[0].includes('newer-');";
        let start = std::time::Instant::now();
        while page.run(done, vec![]).await.ok() != Some(json!(true)) {
            ensure!(
                start.elapsed().as_secs() < 20,
                "the newer page did not come"
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        ready(page).await?;
        ensure!(
            page.eval("document.querySelector('.update')")
                .await?
                .is_null()
        );
        Ok(())
    })
}

#[test]
fn a_server_with_an_api_is_not_kept() -> Result<()> {
    browse(async |page| {
        let live = Live::fresh()?;
        live.open(page, "#/").await?;
        // As long as a static page takes to register
        page.run(
            "await new Promise(next => requestIdleCallback(() => setTimeout(next, 500)))",
            vec![],
        )
        .await?;
        let none = "return (await navigator.serviceWorker.getRegistrations()).length";
        ensure!(page.run(none, vec![]).await? == 0);
        Ok(live)
    })
}

#[test]
fn a_lesson_whose_text_does_not_come_can_be_tried_again() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let file = exported.folder().join("lessons/strides.json");
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside)?;
        exported.open(page, "#/lesson/strides").await?;
        let button = "[data-testid=try-again]";
        page.find(button).await?;
        std::fs::rename(&aside, &file)?;
        page.click(button).await?;
        page.find("article.lesson .prose").await?;
        // The page's own request, and perhaps the service worker's
        for error in page.take_errors().await? {
            ensure!(error.contains("strides.json"), "{error}");
        }
        Ok(())
    })
}
