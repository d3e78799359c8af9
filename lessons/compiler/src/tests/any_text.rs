//! No text makes the compiler panic, or write what is no HTML.

use proptest::prelude::*;

use super::*;

/// Text made of what lessons are made of, in any order.
fn fragments() -> impl Strategy<Value = String> {
    let parts = [
        "```",
        "```figure\n",
        "```quiz\n",
        "```claim\n",
        "```exercise\n",
        "\n",
        "\n\n",
        "+++\n",
        "## ",
        "- ",
        "> ",
        "    ",
        "| a | b |\n|--|--|\n| 1 |",
        "$",
        "$$",
        "\\frac",
        "{",
        "}",
        "\\left(",
        "^",
        "_",
        "&",
        "\\\\",
        "[",
        "](",
        ")",
        "![",
        "lesson:",
        "id = ",
        "\"",
        "'''",
        "text",
        "é",
        "𝄞",
        "<b>",
        "<!--",
        "`",
        "*",
        "{#x}",
        "[[choice]]\n",
        "set = { reach = 2 }\n",
        "\\begin{matrix}",
        "\\end{matrix}",
        "\\text{",
        "\\sqrt",
        "\\big",
        "{=",
        " : 0",
        "```numbers\n",
        "a = 1\n",
        "\0",
        "\r",
        "\t",
    ];
    let part = prop_oneof![
        4 => proptest::sample::select(parts.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_makes_the_compiler_panic(body in fragments(), with_front: bool) {
        let front = if with_front { FRONT } else { "" };
        let _ = compile_one(&format!("{front}{body}"));
    }

    #[test]
    fn no_field_makes_the_compiler_panic(field in fragments()) {
        let body = QUIZ.replace("\"So.\"", &format!("'''\n{}'''", field.replace("'''", "")));
        let _ = compile_one(&format!("{FRONT}{body}{FIGURE}"));
    }

    #[test]
    fn what_is_written_between_tags_never_opens_one(text in "[a-z<>&\"' ]{0,40}") {
        // In backticks, so that it is not refused as HTML.
        if let Ok(lesson) = compile_one(&format!("{FRONT}x `{text}` y")) {
            for block in lesson.blocks {
                let Block::Html(html) = block else { continue };
                let rest = html.replace("<p>", "").replace("</p>", "").replace("<code>", "").replace("</code>", "");
                prop_assert!(!rest.contains('<'), "{rest}");
            }
        }
    }
}
