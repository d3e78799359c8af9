//! What Markdown refers to or lays out: pictures, links, tables.

use std::ops::Range;

use base64::{Engine, prelude::BASE64_STANDARD};
use lab_core::trace::program::EXAMPLES;
use pulldown_cmark::{Alignment, Event, LinkType, Tag, TagEnd};

use crate::{
    LESSONS,
    check::{Link, lesson_id, listed, view_address},
    markdown::{Located, Pass, escaped, plain, until},
};

impl<'t> Pass<'_, '_, 't> {
    pub fn image(&mut self, path: &str, alternative: &str, range: &Range<usize>) {
        if alternative.trim().is_empty() {
            self.complain(
                range,
                "The picture has no text alternative: say in the brackets what it shows.",
            );
        }
        let kind = match path.rsplit_once('.') {
            Some((_, "svg")) => "svg+xml",
            Some((_, "png")) => "png",
            _ => return self.complain(range, format!("`{path}` is no SVG or PNG file.")),
        };
        let outside =
            path.contains(':') || path.starts_with('/') || path.split('/').any(|part| part == "..");
        let data = if outside {
            None
        } else {
            self.compiler.files.get(&format!("{LESSONS}/{path}"))
        };
        let Some(data) = data else {
            return self.complain(
                range,
                format!("There is no picture `{path}`: put it beside the lessons."),
            );
        };
        let (alternative, data) = (escaped(alternative), BASE64_STANDARD.encode(data));
        self.out.push(Event::InlineHtml(
            format!("<img src=\"data:image/{kind};base64,{data}\" alt=\"{alternative}\">").into(),
        ));
    }

    /// Where a link leads, as the page's addresses.
    pub fn target(&mut self, url: &str, kind: LinkType, range: &Range<usize>) -> String {
        let line = self.line_of(range);
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        match scheme {
            "http" | "https" if rest.starts_with("//") && rest.len() > 2 && kind != LinkType::Email => {
                return url.to_owned();
            }
            "lesson" => return self.lesson_address(rest, line),
            "" if rest.starts_with('#') => {
                let here = format!("{}{rest}", lesson_id(self.compiler.file));
                return self.lesson_address(&here, line);
            }
            "view" => match view_address(rest) {
                Ok(address) => return address,
                Err(problem) => self.complain(range, problem),
            },
            "cache" if EXAMPLES.iter().any(|example| example.name == rest) => {
                return format!("#/cache?example={rest}");
            }
            "cache" => self.complain(
                range,
                format!(
                    "There is no example `{rest}` for the Cache view: choose from {}.",
                    listed(EXAMPLES.iter().map(|example| example.name))
                ),
            ),
            _ => self.complain(
                range,
                format!("`{url}` leads nowhere: write `lesson:ID`, `#heading`, `view:NAME`, `cache:EXAMPLE` or an http(s) address."),
            ),
        }
        String::new()
    }

    fn lesson_address(&mut self, place: &str, line: usize) -> String {
        let (lesson, heading) = match place.split_once('#') {
            Some((lesson, heading)) => (lesson, Some(heading.to_owned())),
            None => (place, None),
        };
        let address = match &heading {
            Some(heading) => format!("#/lesson/{lesson}?at={heading}"),
            None => format!("#/lesson/{lesson}"),
        };
        self.compiler.links.push(Link {
            file: self.compiler.file.to_owned(),
            line,
            lesson: lesson.to_owned(),
            heading,
        });
        address
    }

    /// Headers with scope; the first cell of a row names it. The table scrolls in its own box.
    pub fn table(&mut self, alignments: &[Alignment], events: &[Located<'t>]) {
        let (head, _) = until(events, &TagEnd::TableHead);
        let cells: Vec<_> = head
            .split(|(event, _)| matches!(event, Event::End(TagEnd::TableCell)))
            .map(|cell| plain(cell).trim().to_owned())
            .filter(|cell| !cell.is_empty())
            .collect();
        let label = escaped(&cells.join(", "));
        self.raw(format!(
            "<div class=\"table\" role=\"region\" aria-label=\"Table: {label}\" tabindex=\"0\"><table>\n"
        ));
        let (mut in_head, mut column) = (true, 0);
        let mut rest = events;
        while let Some((first, others)) = rest.split_first() {
            rest = others;
            let element = if in_head || column == 0 { "th" } else { "td" };
            match &first.0 {
                Event::Start(Tag::TableHead) => self.raw("<thead><tr>"),
                Event::End(TagEnd::TableHead) => {
                    self.raw("</tr></thead>\n<tbody>\n");
                    (in_head, column) = (false, 0);
                }
                Event::Start(Tag::TableRow) => self.raw("<tr>"),
                Event::End(TagEnd::TableRow) => {
                    self.raw("</tr>\n");
                    column = 0;
                }
                Event::Start(Tag::TableCell) => {
                    let scope = match (in_head, column) {
                        (true, _) => " scope=\"col\"",
                        (false, 0) => " scope=\"row\"",
                        _ => "",
                    };
                    let class = match alignments.get(column) {
                        Some(Alignment::Right) => " class=\"right\"",
                        Some(Alignment::Center) => " class=\"center\"",
                        _ => "",
                    };
                    self.raw(format!("<{element}{scope}{class}>"));
                }
                Event::End(TagEnd::TableCell) => {
                    self.raw(format!("</{element}>"));
                    column += 1;
                }
                _ => rest = self.event(first, others),
            }
        }
        self.raw("</tbody></table></div>\n");
    }
}
