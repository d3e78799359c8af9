//! What a report found beside its curves: verdicts, ratios, counters, conditions, mismatches, and what
//! the machine could not show.

use anyhow::{Context, Result, ensure};
use lab_core::{
    evidence::{Evidence, Reading},
    model::bottleneck::{Bottleneck, Clue},
    report::{
        Count, Counted, Counter, Disturbance, Estimate, Inference, Ratio, Report, Spread,
        Unavailable, Verdict, Wording,
    },
    units::Unit,
};
use lab_tests::reports;

use crate::axe;
use crate::lab::{Exported, Live, go};
use crate::session::{Page, browse};

/// The experiment that has it all.
const LADDER: &str = "[data-study=latency-ladder]";

fn ratio(of: &str, median: f64, low: f64, high: f64) -> Ratio {
    Ratio {
        of: of.to_owned(),
        to: "4 KiB pages".to_owned(),
        x: 4096.0,
        median,
        spread: Spread {
            low,
            high,
            confidence: 0.96,
        },
        pairs: 15,
        dirty: false,
    }
}

/// A made-up report whose ladder has something of everything.
fn full() -> Result<Report> {
    let mut report = reports::made_up("small-laptop", 1.5);
    report.environment.unavailable = vec![Unavailable {
        what: "hardware counters: cycles".to_owned(),
        why: "made up: there is no such unit".to_owned(),
    }];
    let differ = Wording {
        from: "a made-up step".to_owned(),
        if_they_differ: "somebody made it up".to_owned(),
        ..Wording::default()
    };
    let hidden = Wording {
        if_not_found: "the step is made up".to_owned(),
        ..Wording::default()
    };
    let found = Some(Estimate::exact(65536.0));
    report.inferred = vec![
        Inference::new("L2 ways", Unit::Count, Some(8.0), None, hidden),
        Inference::new("L1 size", Unit::Bytes, Some(32768.0), found, differ),
    ];
    let ladder = report
        .experiments
        .iter_mut()
        .find(|experiment| experiment.name == "latency-ladder")
        .context("a ladder")?;
    ladder.ratios = vec![
        ratio("huge pages", 0.5, 0.45, 0.55),
        ratio("giant pages", 1.25, 0.75, 1.75),
    ];
    ladder.verdicts = vec![Verdict {
        variant: "4 KiB pages".to_owned(),
        x: 65536.0,
        bottleneck: Bottleneck::Latency,
        clues: vec![Clue {
            says: "an access takes 90 ns, made up".to_owned(),
            evidence: Evidence::Simulated,
        }],
    }];
    ladder.counted = vec![Counted {
        variant: "4 KiB pages".to_owned(),
        x: 4096.0,
        nanoseconds: 4.0,
        counts: vec![Count {
            what: Counter::TaskClock,
            per_unit: 3.0,
        }],
    }];
    let measured = ladder.series.iter_mut();
    let point = measured
        .filter(|series| series.reading == Reading::Measured)
        .find_map(|series| series.points.first_mut())
        .context("a measured point")?;
    for (round, sample) in (0..).zip(&mut point.samples) {
        sample.round = Some(round);
    }
    let mut again = point.samples[0].clone();
    again.round = None;
    point.samples.push(again);
    let disturbed = &mut point.samples[0];
    disturbed.other_cpu_percent = Some(37.5);
    disturbed.disturb([Disturbance::OtherProcesses, Disturbance::OffProcessor]);
    Ok(report)
}

async fn opened(page: &Page) -> Result<Exported> {
    let exported = Exported::new(Some(full()?)).await?;
    exported.open(page, "#/machine").await?;
    page.find(LADDER).await?;
    Ok(exported)
}

/// Opens all that is folded away, and waits until it is there.
async fn unfold(page: &Page, within: &str) -> Result<()> {
    let script = "for (const it of document.querySelectorAll(args[0] + ' .foldings details')) it.open = true";
    page.run(script, vec![within.into()]).await?;
    page.wait(
        "what was folded away",
        &format!(
            "[...document.querySelectorAll('{within} .foldings details')]
                .every(it => it.children.length > 1)"
        ),
    )
    .await
}

fn contains(text: &str, words: &[&str]) -> Result<()> {
    for word in words {
        ensure!(text.contains(word), "`{word}` is not in: {text}");
    }
    Ok(())
}

#[test]
fn verdict_ratio_and_samples_are_seen_at_once() -> Result<()> {
    browse(async |page| {
        let _exported = opened(page).await?;
        let text = page.text(&format!("{LADDER} [data-testid=found]")).await?;
        contains(
            &text,
            &[
                "latency-bound at working set 64 KiB (4 KiB pages)",
                Bottleneck::Latency.means(),
                // The sure one, though the other is as far from 1
                "Widest of 2 ratios",
                "huge pages takes 0.5 times as long as 4 KiB pages (interval 0.45 to 0.55)",
                "1 disturbed, 1 measured again",
            ],
        )?;
        let row = page
            .eval(
                "[...document.querySelectorAll('[data-testid=overview] tbody tr')]
                    .find(row => row.innerText.includes('latency-bound'))?.innerText",
            )
            .await?;
        let row = row.as_str().context("no row of the ladder")?;
        contains(
            row,
            &["0.5", "[0.45–0.55]", "huge pages over 4 KiB pages: faster"],
        )?;
        page.click("[data-testid=overview] a[href='#latency-ladder']")
            .await?;
        page.wait(
            "the experiment at the head of the page",
            "document.activeElement?.id === 'latency-ladder'",
        )
        .await
    })
}

#[test]
fn evidence_ratios_counters_and_conditions_unfold() -> Result<()> {
    browse(async |page| {
        let _exported = opened(page).await?;
        let summary = format!("{LADDER} .foldings summary");
        ensure!(
            page.eval("document.querySelector('[data-testid=clues]') === null")
                .await?
                == true,
            "the evidence stands there unasked"
        );
        // The first by the keyboard
        page.keys(&summary, "\u{e007}").await?;
        let clues = page.text(&format!("{LADDER} [data-testid=clues]")).await?;
        contains(
            &clues,
            &[
                "latency-bound",
                "an access takes 90 ns, made up",
                "simulated",
            ],
        )?;
        unfold(page, LADDER).await?;
        let rows = page
            .run(
                "return [...document.querySelectorAll(args[0])].map(row => row.innerText)",
                vec![format!("{LADDER} [data-testid=ratios] tbody tr").into()],
            )
            .await?;
        let rows: Vec<String> = serde_json::from_value(rows)?;
        ensure!(rows.len() == 2, "{rows:?}");
        contains(&rows[0], &["0.5", "0.45 to 0.55", "faster", "15 pairs"])?;
        contains(
            &rows[1],
            &[
                "1.25",
                "0.75 to 1.75",
                "inconclusive",
                "the interval holds 1",
            ],
        )?;
        ensure!(!rows[0].contains("inconclusive"), "{rows:?}");
        contains(
            &page
                .text(&format!("{LADDER} [data-testid=counted]"))
                .await?,
            &[
                "Not available here: hardware counters: cycles: made up: there is no such unit.",
                "task clock, ns",
                "CPU utilisation",
                "75 %",
            ],
        )?;
        contains(
            &page
                .text(&format!("{LADDER} [data-testid=conditions]"))
                .await?,
            &[
                "of these, other processes ran",
                "0 to 37.5 % of the machine",
                "1 of 4",
                "other processes ran: 1",
                "not known here",
            ],
        )
    })
}

#[test]
fn mismatches_and_what_is_not_available_are_sentences() -> Result<()> {
    browse(async |page| {
        let exported = opened(page).await?;
        exported.add("full.json", &full()?.to_json())?;
        for route in ["#/machine", "#/replay?url=full.json"] {
            go(page, route).await?;
            let text = page.text("[data-testid=inferred] .notes").await?;
            contains(
                &text,
                &[
                    "L1 size: reported 32 KiB, inferred 64 KiB: they differ; somebody made it up.",
                    "L2 ways: reported 8, not found by timing: the step is made up.",
                ],
            )?;
            ensure!(text.find("L1 size") < text.find("L2 ways"), "{text}");
            contains(
                &page.text("[data-testid=unavailable]").await?,
                &["hardware counters: cycles: made up: there is no such unit."],
            )?;
        }
        Ok(())
    })
}

#[test]
fn two_reports_stand_side_by_side_with_all_that_was_found() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let first = full()?;
        let mut second = full()?;
        second.environment.unavailable[0].why = "made up for the second".to_owned();
        exported.add("a.json", &first.to_json())?;
        exported.add("b.json", &second.to_json())?;
        exported
            .open(page, "#/replay?url=a.json&url-b=b.json")
            .await?;
        page.click("[data-testid=in-full] > summary").await?;
        for (name, why) in [
            ("A", "there is no such unit"),
            ("B", "made up for the second"),
        ] {
            let whole = format!("[aria-label=\"Report {name} in full\"]");
            let text = page
                .text(&format!("{whole} [data-testid=unavailable]"))
                .await?;
            contains(&text, &["hardware counters: cycles", why])?;
            let text = page
                .text(&format!("{whole} [data-testid=inferred]"))
                .await?;
            contains(
                &text,
                &[&format!("Reported and inferred, {name}"), "L1 size"],
            )?;
            page.find(&format!("#{name}-latency-ladder")).await?;
        }
        let twice = page
            .eval(
                "[...document.querySelectorAll('[id]')].map(it => it.id)
                    .filter((id, at, all) => all.indexOf(id) !== at)",
            )
            .await?;
        ensure!(twice == serde_json::json!([]), "ids used twice: {twice}");
        for width in [1600, 390] {
            page.resize(width, 900).await?;
            let wide = page.eval("document.documentElement.scrollWidth").await?;
            ensure!(
                wide.as_u64() <= Some(width.into()),
                "{wide} wide on {width}"
            );
        }
        page.resize(1600, 900).await?;
        axe::check(page, "two reports side by side").await
    })
}

#[test]
fn all_that_unfolds_fits_a_phone_and_is_accessible() -> Result<()> {
    browse(async |page| {
        let _exported = opened(page).await?;
        page.resize(390, 740).await?;
        unfold(page, "main").await?;
        let wide = page.eval("document.documentElement.scrollWidth").await?;
        ensure!(wide.as_u64() <= Some(390), "{wide} wide on a phone");
        for dark in [false, true] {
            page.prefer_dark(dark).await?;
            axe::check(page, "all findings unfolded").await?;
        }
        Ok(())
    })
}

#[test]
fn no_two_tables_under_the_roofline_have_one_name() -> Result<()> {
    browse(async |page| {
        let exported = Exported::with_report().await?;
        exported.open(page, "#/kernels").await?;
        let names = page
            .eval("[...document.querySelectorAll('[data-testid=roofline] summary')].map(it => it.textContent)")
            .await?;
        let names: Vec<String> = serde_json::from_value(names)?;
        ensure!(
            names.len() == 2
                && names[0].starts_with("Roofs as a table")
                && names[1].starts_with("Kernels as a table"),
            "{names:?}"
        );
        Ok(())
    })
}

#[test]
fn the_machine_stands_in_six_figures_on_one_screen() -> Result<()> {
    browse(async |page| {
        let live = Live::with_report()?;
        page.resize(1600, 1000).await?;
        live.open(page, "#/machine").await?;
        page.wait(
            "six figures",
            "document.querySelectorAll('.six .card').length === 6",
        )
        .await?;
        let script = "
            return [...document.querySelectorAll('.six .card')].map(card => ({
                title: card.getAttribute('aria-label'),
                seen: card.getBoundingClientRect().bottom <= innerHeight && card.getBoundingClientRect().top >= 0,
                sentences: card.querySelector(':scope > p:last-child').textContent.length > 30,
                there: document.getElementById(card.querySelector('h3 a').getAttribute('href').slice(1)) !== null,
                curves: card.querySelectorAll('.curve').length,
            }));";
        let cards = page.run(script, vec![]).await?;
        for card in cards.as_array().into_iter().flatten() {
            for what in ["seen", "sentences", "there"] {
                ensure!(card[what] == true, "{what}: {card}");
            }
            ensure!(card["curves"].as_u64() <= Some(3), "{card}");
        }
        Ok(live)
    })
}
