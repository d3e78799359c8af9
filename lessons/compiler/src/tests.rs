//! What the compiler makes of lessons, and what it says of bad ones.

mod any_text;

use super::*;

const FRONT: &str = "+++
title = \"T\"
summary = \"S\"
chapter = \"C\"
order = 1
minutes = 5
claims = []
+++
";

/// The front matter has this many lines; the body starts on the next.
const LINES: usize = 8;

const QUIZ: &str = "```quiz
id = \"q\"
question = \"Which?\"
explanation = \"So.\"
[[choice]]
text = \"a\"
because = \"no\"
[[choice]]
text = \"b\"
correct = true
because = \"yes\"
```
";

const FIGURE: &str = "```figure
id = \"f\"
study = \"stride-sweep\"
machine = \"laptop\"
caption = \"Look.\"
```
";

/// [`FIGURE`] with more fields.
fn figure_with(fields: &str) -> String {
    format!("{}{fields}\n```", FIGURE.trim_end_matches("```\n"))
}

/// Files beside which tests put their lessons: a picture and some exercises.
fn files(lessons: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::from([("course/dot.svg".to_owned(), b"<svg/>".to_vec())]);
    for (order, name) in ["hits", "loops", "swap-the-loops"].into_iter().enumerate() {
        files.extend(exercise::tests::folder(name, order));
    }
    for (file, text) in lessons {
        files.insert(format!("course/{file}"), text.as_bytes().to_vec());
    }
    files
}

fn compile_one(text: &str) -> Result<Lesson, Vec<Problem>> {
    compile(files(&[("it.md", text)])).map(|mut course| course.lessons.remove(0))
}

/// Compiles a body and expects exactly these problems: line *of the body* and a part of the message.
#[track_caller]
fn check(body: &str, expected: &[(usize, &str)]) {
    let problems = compile_one(&format!("{FRONT}{body}"))
        .err()
        .unwrap_or_default();
    let shown = format!("{body}\n→ {problems:#?}");
    assert_eq!(problems.len(), expected.len(), "{shown}");
    for (problem, (line, words)) in problems.iter().zip(expected) {
        assert_eq!(problem.line, line + LINES, "{shown}");
        assert!(
            problem.message.contains(words),
            "`{words}` is not in {shown}"
        );
        assert!(problem.message.ends_with('.'), "{shown}");
    }
}

/// Compiles a body that has no blocks to this HTML.
#[track_caller]
fn html(body: &str, expected: &str) {
    let lesson = compile_one(&format!("{FRONT}{body}")).unwrap();
    let [Block::Html(html)] = lesson.blocks.as_slice() else {
        panic!("one piece of HTML, not {:?}", lesson.blocks);
    };
    assert_eq!(html.trim_end(), expected);
}

#[test]
fn text_headings_and_lists() {
    html(
        "Some *text* with `a < b` & **more**.",
        "<p>Some <em>text</em> with <code>a &lt; b</code> &amp; <strong>more</strong>.</p>",
    );
    html(
        "## Why 2ᵏ isn't slow\n### Next",
        "<h2 id=\"why-2-isnt-slow\">Why 2ᵏ isn't slow</h2>\n<h3 id=\"next\">Next</h3>",
    );
    html("## Any words {#mine}", "<h2 id=\"mine\">Any words</h2>");
    html("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>");
    html("costs \\$5", "<p>costs $5</p>");
}

#[test]
fn formulas_are_mathml() {
    html("$x$ here", "<p><math><mi>x</mi></math> here</p>");
    html(
        "$$x$$",
        "<p><span class=\"formula\" tabindex=\"0\"><math display=\"block\"><mi>x</mi></math></span></p>",
    );
    html(
        "$a < b$",
        "<p><math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math></p>",
    );
}

#[test]
fn tables_name_their_rows_and_columns() {
    html(
        "| a | b |\n|:--|--:|\n| x | `1` |",
        "<div class=\"table\" role=\"region\" aria-label=\"Table: a, b\" tabindex=\"0\"><table>\n\
         <thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"right\">b</th></tr></thead>\n\
         <tbody>\n<tr><th scope=\"row\">x</th><td class=\"right\"><code>1</code></td></tr>\n\
         </tbody></table></div>",
    );
}

#[test]
fn code_links_and_pictures() {
    html(
        "```rust\nif a < b { \"x\" }\n```",
        "<pre tabindex=\"0\"><code class=\"language-rust\">if a &lt; b { &quot;x&quot; }\n</code></pre>",
    );
    html(
        "## A\n[m](view:machine) [l](lesson:it) [h](lesson:it#a) [s](#a) [w](https://example.org/?a=1&b=2)",
        "<h2 id=\"a\">A</h2>\n<p><a href=\"#/machine\">m</a> <a href=\"#/lesson/it\">l</a> \
         <a href=\"#/lesson/it?at=a\">h</a> <a href=\"#/lesson/it?at=a\">s</a> \
         <a href=\"https://example.org/?a=1&amp;b=2\">w</a></p>",
    );
    html(
        "![a \"dot\"](dot.svg)",
        "<p><img src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"a &quot;dot&quot;\"></p>",
    );
}

#[test]
fn exercises_fold_their_answers() {
    html(
        "```exercise\nid = \"e\"\ntask = \"How *many*?\"\nanswer = '''\n$8$\n'''\n```",
        "<div class=\"exercise\" id=\"e\">\n<p>How <em>many</em>?</p>\n<details class=\"answer\">\
         <summary>Answer</summary>\n<p><math><mn>8</mn></math></p>\n</details>\n</div>",
    );
}

#[test]
fn exercises_of_the_lab_are_referred_to_by_name() {
    let body = format!("{FRONT}```exercise\nref = \"loops\"\n```");
    assert_eq!(
        compile_one(&body).unwrap().blocks,
        [Block::Exercise("loops".into())]
    );
    check(
        "```exercise\nref = \"lops\"\n```",
        &[(2, "no exercise `lops`: choose from `hits`, `loops`")],
    );
    check(
        "```exercise\nref = \"hits\"\ntask = \"more\"\n```",
        &[(2, "`ref` stands alone")],
    );
    check(
        "```exercise\nref = \"hits\"\n```\n```exercise\nref = \"hits\"\n```",
        &[(5, "`hits` is taken")],
    );
}

#[test]
fn programs_of_the_cache_view_are_linked() {
    html(
        "[try](cache:rows)",
        "<p><a href=\"#/cache?example=rows\">try</a></p>",
    );
    check("[try](cache:nope)", &[(1, "no example `nope`")]);
}

#[test]
fn claims_are_asides() {
    let text = FRONT.replace("claims = []", "claims = [\"H1\"]")
        + "```claim\nid = \"H1\"\nverdict = \"holds if\"\nclaim = \"Fast.\"\nlab = \"Not *always*.\"\n```";
    assert_eq!(
        compile_one(&text).unwrap().blocks,
        [Block::Html(
            "<aside class=\"claim\" role=\"note\" id=\"claim-h1\" data-claim=\"H1\" data-verdict=\"holds-if\">\n\
             <p><strong>Claim H1:</strong> Fast. <span class=\"verdict\">Verdict: holds if</span></p>\n\
             <p>Not <em>always</em>.</p>\n</aside>\n"
                .into()
        )]
    );
}

#[test]
fn figures_and_quizzes_become_data() {
    let fields = "variants = [\"2ᵏ bytes\"]\nset = { reach = 2 }\n\
         [[control]]\nchange = \"reach\"\nlabel = \"Reach\"\nmin = 1\nmax = 4\nstep = 0.5\n\
         [[control]]\nchange = \"L2.size\"\nlabel = \"L2\"\nmin = \"256 KiB\"\nmax = \"1 MiB\"\nscale = \"powers\"";
    let figure = figure_with(fields);
    let lesson = compile_one(&format!("{FRONT}Before\n\n{QUIZ}\nBetween\n\n{figure}")).unwrap();
    let [
        Block::Html(_),
        Block::Quiz(quiz),
        Block::Html(_),
        Block::Figure(figure),
    ] = lesson.blocks.as_slice()
    else {
        panic!("{:?}", lesson.blocks);
    };
    assert_eq!((quiz.id.as_str(), quiz.question.as_str()), ("q", "Which?"));
    assert_eq!(quiz.explanation, "<p>So.</p>");
    assert_eq!(
        quiz.choices[1],
        Choice {
            text: "b".into(),
            correct: true,
            because: "yes".into()
        }
    );
    assert_eq!(figure.set, [("reach".to_owned(), 2.0)]);
    assert_eq!(figure.variants, ["2ᵏ bytes"]);
    assert_eq!(figure.controls[0].scale, Scale::Linear(0.5));
    assert_eq!(figure.controls[1].target, Target::Machine("l2.size".into()));
    assert_eq!(
        (figure.controls[1].min, figure.controls[1].scale),
        (262_144.0, Scale::Powers)
    );
    let rust = to_rust(&Course {
        lessons: vec![lesson],
        exercises: Vec::new(),
    });
    assert!(rust.contains("Control { target: Target::Machine(\"l2.size\"), label: \"L2\", min: 262144.0, max: 1048576.0, scale: Scale::Powers },"), "{rust}");
    assert!(rust.contains("set: &[(\"reach\", 2.0)]"), "{rust}");
}

#[test]
fn faults_of_text_are_named_with_their_line() {
    check("Fine.", &[]);
    check("Fine.\n\n<b>bold</b>", &[(3, "HTML is not taken")]);
    check("# Title", &[(1, "start with `##`")]);
    check("## A\n\n#### B", &[(3, "`####` cannot come before `###`")]);
    check("## A\n\n## A", &[(3, "The id `a` is taken")]);
    check("## 42", &[(1, "no letters")]);
    check("- ## A", &[(1, "cannot stand inside")]);
    check("one\n\n$\\nope$", &[(3, "The formula `\\nope` is wrong")]);
    check("$$\nx\n\\nope\n$$", &[(3, "is wrong")]);
    check("$\\frac{1$", &[(1, "A `$` here")]);
    check("    indented", &[(1, "four blanks")]);
    check("```rust\nlet", &[(1, "never closed")]);
    check("```figur\n```", &[(1, "`figur` is neither")]);
    check(
        "> ```figure\n> ```",
        &[(1, "cannot stand in a list or a quote")],
    );
}

#[test]
fn dead_ends_are_named() {
    check(
        "[a](lesson:nope)",
        &[(1, "There is no lesson `nope`: choose from `it`")],
    );
    check(
        "## A\n[a](#b)",
        &[(2, "has no heading `b`: choose from `a`")],
    );
    check(
        "[a](view:nope)",
        &[(1, "There is no view `nope`: choose from `start`, `cache`")],
    );
    check("[a](view:kernels) [b](view:cache?cache.step=3)", &[]);
    check(
        "[a](view:cache?reuse.kernel=triad)",
        &[(1, "no state `reuse.kernel`")],
    );
    check("[a](view:cache?step)", &[(1, "write `KEY=VALUE&…`")]);
    check(
        "[a](other.md)\n[b](ftp://x)\n[c](javascript:x)",
        &[
            (1, "leads nowhere"),
            (2, "leads nowhere"),
            (3, "leads nowhere"),
        ],
    );
    check("[](https://example.org)", &[(1, "no text")]);
    check("[a][b]", &[(1, "defined nowhere")]);
    check("![a](nope.svg)", &[(1, "no picture `nope.svg`")]);
    check("![a](../dot.svg)", &[(1, "no picture")]);
    check("![](dot.svg)", &[(1, "no text alternative")]);
    check("![a](dot.gif)", &[(1, "no SVG or PNG")]);
}

#[test]
fn faults_of_quizzes_are_named() {
    check(QUIZ, &[(1, "No figure follows")]);
    let with = |quiz: &str| format!("{quiz}\n{FIGURE}");
    check(&with(QUIZ), &[]);
    check(
        &with(&QUIZ.replace("correct = true\n", "")),
        &[(1, "not 0")],
    );
    check(
        &with(&QUIZ.replace("\"no\"", "\"no\"\ncorrect = true")),
        &[(1, "not 2")],
    );
    check(
        &with(&QUIZ.replace("because = \"no\"\n", "")),
        &[(5, "`because` is missing")],
    );
    check(
        &with(&QUIZ.replace("question", "qestion")),
        &[(3, "unknown field `qestion`")],
    );
    check(
        &with(&QUIZ.replace("\"So.\"", "\"\"")),
        &[(4, "`explanation` is empty")],
    );
    check(
        &with(&QUIZ.replace("\"Which?\"", "'''\na\n\n$\\nope$'''")),
        &[(6, "single paragraph"), (6, "is wrong")],
    );
    check(
        &with(&QUIZ.replace("id = \"q\"", "id = \"f\"")),
        &[(15, "The id `f` is taken")],
    );
}

#[test]
fn faults_of_figures_are_named() {
    let with = figure_with;
    check(
        &FIGURE.replace("stride-sweep", "nope"),
        &[(3, "There is no study `nope`: choose from `latency-ladder`")],
    );
    check(
        &FIGURE.replace("laptop", "nope"),
        &[(4, "There is no machine `nope`: choose from `teaching`")],
    );
    check(
        &with("variants = [\"nope\"]"),
        &[(6, "has no variant `nope`")],
    );
    check(
        &with("set = { nope = 1 }"),
        &[(6, "There is no parameter `nope`")],
    );
    check(&with("set = { reach = 99 }"), &[(6, "must lie between")]);
    check(&with("set = { reach = \"1 XB\" }"), &[(6, "is not a size")]);
    check(&with("set = { reach = nan }"), &[(6, "no finite number")]);
    let control = |change: &str, rest: &str| {
        with(&format!(
            "[[control]]\nchange = \"{change}\"\nlabel = \"L\"\n{rest}"
        ))
    };
    check(&control("reach", "min = 1\nmax = 4\nstep = 1"), &[]);
    check(
        &control("nope", "min = 1\nmax = 4\nstep = 1"),
        &[(7, "`reach`, `issue`, `line`, `L1.size`")],
    );
    check(
        &control("L9.size", "min = 1\nmax = 4\nstep = 1"),
        &[(7, "nothing a control can change")],
    );
    check(
        &control("reach", "min = 1\nmax = 4"),
        &[(6, "either `step")],
    );
    check(
        &control("reach", "min = 4\nmax = 1\nstep = 1"),
        &[(10, "`max` has to be above")],
    );
    check(
        &control("reach", "min = 1\nmax = 99\nstep = 1"),
        &[(10, "must lie between")],
    );
    check(
        &control("reach", "min = 1\nmax = 4\nstep = 2"),
        &[(10, "`max` is no value")],
    );
    check(
        &control("reach", "min = 3\nmax = 4\nstep = 1"),
        &[(6, "starts at 2")],
    );
    check(
        &control("reach", "min = 1\nmax = 4\nstep = 0"),
        &[(10, "`max` is no value")],
    );
    check(
        &control("reach", "max = 4\nstep = 1"),
        &[(6, "`min` is missing")],
    );
    check(
        &control("L1.ways", "min = 1\nmax = 16\nscale = \"powers\""),
        &[],
    );
    check(
        &control("L1.ways", "min = 6\nmax = 10\nstep = 2"),
        &[(1, "can break: caches[0].size")],
    );
    check(
        &control("line", "min = 1\nmax = 8192\nscale = \"powers\""),
        &[(1, "can break: caches[0].line")],
    );
}

#[test]
fn claims_stand_in_the_front_matter_and_in_the_text() {
    let claim = "```claim\nid = \"P3\"\nverdict = \"corrected\"\nclaim = \"c\"\nlab = \"l\"\n```";
    check(claim, &[(2, "missing in the front matter")]);
    let front = FRONT.replace("claims = []", "claims = [\"P3\", \"P4\"]");
    let problems = compile_one(&format!("{front}{claim}")).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "course/it.md:7: The lesson names the claim `P4` but shows no verdict: add a `claim` block."
    );
    let unknown = claim.replace("P3", "Z9").replace("corrected", "true");
    check(
        &unknown,
        &[
            (2, "bears on the claim `Z9`"),
            (2, "missing in the front matter"),
            (3, "`true` is no verdict"),
        ],
    );
}

#[test]
fn front_matter_is_asked_for() {
    let lines = |text: &str| -> Vec<(usize, String)> {
        let problems = compile_one(text).unwrap_err();
        problems.into_iter().map(|p| (p.line, p.message)).collect()
    };
    let first = |text: &str| lines(text).remove(0);
    assert!(first("Text").1.contains("starts with front matter"));
    assert_eq!(lines("Text").len(), 1);
    let missing = lines("+++\n+++\n");
    assert_eq!(missing.len(), 6, "{missing:?}");
    assert!(
        missing
            .iter()
            .all(|(_, message)| message.contains("is missing"))
    );
    let (line, message) = first(&FRONT.replace("order = 1", "order = \"one\""));
    assert_eq!(line, 5);
    assert!(message.contains("TOML"), "{message}");
    let (line, message) = first(&FRONT.replace("minutes", "minuts"));
    assert_eq!(line, 6, "{message}");
}

#[test]
fn all_problems_of_all_lessons_are_told_at_once_and_lessons_come_in_order() {
    let bad = [
        ("b.md", "+++\n+++\n# x"),
        ("a.md", "no"),
        ("Bad Name.md", FRONT),
    ];
    let problems = compile(files(&bad)).unwrap_err();
    let places: std::collections::BTreeSet<_> = problems.iter().map(|p| p.file.as_str()).collect();
    assert_eq!(places.len(), 3);
    assert_eq!(problems.len(), 7 + 1 + 1);

    let late = FRONT.replace("order = 1", "order = 2");
    let good = compile(files(&[("a.md", &late), ("b.md", FRONT)])).unwrap();
    let ids: Vec<_> = good.lessons.into_iter().map(|l| l.id).collect();
    assert_eq!(ids, ["b", "a"]);
}

#[test]
fn the_example_of_the_readme_is_a_lesson() {
    let readme = include_str!("../../README.md");
    let example = readme.split("````").nth(1).unwrap();
    let example = example.strip_prefix("markdown\n").unwrap();
    let example = example.replace("picture.svg", "dot.svg");
    let strides = format!("{FRONT}## The sweep");
    let course = compile(files(&[
        ("my-lesson.md", &example),
        ("strides.md", &strides),
    ]));
    assert_eq!(course.unwrap().lessons[1].id, "my-lesson");
}

#[test]
fn numbers_are_computed_where_they_stand() {
    html(
        "```numbers\n# A walk.\nrows = program(example(\"rows\"),\n  \"teaching\")\ncheck rows.misses < rows.accesses\n```\n{= rows(N=24).misses } of **{= rows(N=24).accesses : 0.0 }**",
        "<p>288 of <strong>576.0</strong></p>",
    );
    // In formulas, in tables, in the fields of blocks, and in front matter.
    html("${= 2 * 8192 : 0 }$", "<p><math><mn>16384</mn></math></p>");
    let front = FRONT.replace("\"S\"", "\"{= 6 * 7 }\"");
    assert_eq!(compile_one(&front).unwrap().summary, "42");
}

#[test]
fn numbers_that_cannot_be_computed_are_named() {
    check("a\n{= 1 +  } b", &[(2, "cannot be computed")]);
    check("{= nope }", &[(1, "`nope`")]);
    check("{= 1", &[(1, "close it")]);
    check("{= 1 : wide }", &[(1, "no format")]);
    check("{= 1 / 0 }", &[(1, "cannot be computed")]);
    check("```numbers\na = 1\na = 2\n```", &[(3, "there already")]);
    check("```numbers\n\ncheck 1 == 2\n```", &[(3, "does not hold")]);
    check("```numbers\njust words\n```", &[(2, "neither")]);
    check("```numbers\na = 1", &[(1, "never closed")]);
    check(
        "```numbers\na = program(\"for\", \"teaching\")\n```",
        &[(2, "cannot be run")],
    );
    check("{= machine('tiny').L1.sets }", &[(1, "no machine `tiny`")]);
    check(
        "{= machine('teaching', 'L9.ways=1').L1.sets }",
        &[(1, "there is no level `l9`")],
    );
    check(
        "{= program(example('rows'), 'teaching').mises }",
        &[(1, "mises")],
    );
    check(
        "{= study('strides', 'laptop').simulated(8) }",
        &[(1, "no study `strides`")],
    );
    check(
        "{= study('stride-sweep', 'laptop').simulated(8, 'x') }",
        &[(1, "no variant `x`")],
    );
    check(
        "{= study('stride-sweep', 'laptop', rich=1).simulated(8) }",
        &[(1, "no parameter `rich`")],
    );
}

#[test]
fn windows_line_ends_change_nothing() {
    let body = format!("## A\n\n{FIGURE}\nText\n");
    let unix = compile_one(&format!("{FRONT}{body}"));
    assert_eq!(
        unix,
        compile_one(&format!("{FRONT}{body}").replace('\n', "\r\n"))
    );
    assert!(unix.is_ok());
}

#[test]
fn numbers_do_not_break_between_their_thousands() {
    html(
        "1 048 576 of 16 384, 12 of 34, `16 384`",
        "<p>1\u{202f}048\u{202f}576 of 16\u{202f}384, 12 of 34, <code>16 384</code></p>",
    );
}
