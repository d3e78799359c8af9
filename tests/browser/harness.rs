//! Before the lab's page is judged: the instruments notice what they are there to notice.

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::axe;
use crate::session::browse;
use crate::site::Site;

fn folder(html: &str) -> Result<TempDir> {
    let folder = TempDir::with_prefix("lab-site-")?;
    std::fs::write(folder.path().join("index.html"), html)?;
    std::fs::write(
        folder.path().join("icon.svg"),
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    )?;
    Ok(folder)
}

const HEAD: &str = "<!doctype html><html lang='en'><title>t</title>\
                    <link rel='icon' href='icon.svg'><main><h1>h</h1>";

#[test]
fn a_console_error_fails_a_test() {
    let outcome = browse(async |page| {
        let folder = folder(&format!("{HEAD}<script>console.error('broken')</script>"))?;
        let site = Site::serve(folder.path()).await?;
        page.goto(&site.address()).await
    });
    let error = outcome.expect_err("the error was missed").to_string();
    assert!(error.contains("broken"), "{error}");
}

#[test]
fn a_request_outside_the_sub_path_is_seen() -> Result<()> {
    browse(async |page| {
        let folder = folder(&format!("{HEAD}<img alt='a' src='/logo.png'>"))?;
        let site = Site::serve(folder.path()).await?;
        page.goto(&site.address()).await?;
        ensure!(
            site.check_no_strays().is_err(),
            "the stray request was missed"
        );
        ensure!(
            page.take_errors().await?.len() == 1,
            "the missing image was not logged"
        );
        // The icon may still be on its way: leaving first, its end is no error of this page.
        page.goto("about:blank").await?;
        Ok(())
    })
}

#[test]
fn axe_finds_a_missing_label_and_nothing_in_a_sound_page() -> Result<()> {
    browse(async |page| {
        let folder = folder(&format!("{HEAD}<p id='p'>All is well.</p>"))?;
        let site = Site::serve(folder.path()).await?;
        page.goto(&site.address()).await?;
        axe::check(page, "a sound page").await?;
        page.eval("document.querySelector('main').append(document.createElement('input'))")
            .await?;
        let found = axe::violations(page).await?;
        ensure!(
            found.len() == 1 && found[0].starts_with("label:"),
            "{found:?}"
        );
        Ok(())
    })
}

#[test]
fn size_scheme_and_dropped_files_reach_the_page() -> Result<()> {
    browse(async |page| {
        let folder = folder(&format!(
            "{HEAD}<div id='d' style='height:2em'>drop</div><script>\
             d.ondrop = async e => {{ d.textContent = await e.dataTransfer.files[0].text() }}\
             </script>"
        ))?;
        let site = Site::serve(folder.path()).await?;
        page.goto(&site.address()).await?;
        page.resize(360, 800).await?;
        ensure!(page.eval("innerWidth").await? == 360);
        page.prefer_dark(true).await?;
        ensure!(
            page.eval("matchMedia('(prefers-color-scheme: dark)').matches")
                .await?
                == true
        );
        page.drop_file("#d", "a.json", "dropped").await?;
        page.wait("the file's text", "d.textContent === 'dropped'")
            .await?;
        // A host that is gone is really gone
        let address = site.address();
        site.stop().await;
        ensure!(
            page.goto(&address).await.is_err(),
            "the stopped host still answers"
        );
        Ok(())
    })
}
