//! Summaries ask, and leave the answer to the lesson.

use crate::Quiz;

/// Numbers as words, from 2 on: a one is in many a sentence.
const WORDS: [&str; 20] = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
];

/// The numbers in a text, in digits: of `eightfold` and `8 times` the same.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter_map(|word| {
        let word = word.to_lowercase();
        let word = word.strip_suffix("fold").unwrap_or(&word);
        if let Some(at) = WORDS.iter().position(|known| *known == word) {
            let value = if at == 19 { 30 } else { at + 2 };
            return Some(value.to_string());
        }
        let is_number = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit());
        (is_number && word != "1").then(|| word.to_owned())
    })
}

/// A number of the answer to a quiz that a summary tells, if it tells one.
pub fn told(summary: &str, quiz: &Quiz) -> Option<String> {
    let right = quiz.choices.iter().filter(|choice| choice.correct);
    let answers: Vec<String> = right.flat_map(|choice| numbers(&choice.text)).collect();
    numbers(summary).find(|number| answers.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Choice;

    #[test]
    fn a_number_of_the_answer_is_found_however_it_is_written() {
        let choice = |text: &str, correct| Choice {
            text: text.to_owned(),
            correct,
            because: "Of 64 bytes.".to_owned(),
        };
        let quiz = Quiz {
            id: "guess".to_owned(),
            question: "How often?".to_owned(),
            choices: vec![
                choice("Three times", false),
                choice("<code>i</code> inside: eight times as often", true),
            ],
            explanation: String::new(),
        };
        for (summary, found) in [
            ("An eightfold difference.", Some("8")),
            ("It misses 8 times as often.", Some("8")),
            ("Three times, or 64 bytes, or one?", None),
            ("", None),
        ] {
            assert_eq!(told(summary, &quiz).as_deref(), found, "{summary}");
        }
    }
}
