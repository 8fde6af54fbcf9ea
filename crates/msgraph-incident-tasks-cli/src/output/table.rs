//! Tables that fit the terminal.

use std::io;

use anstream::ColorChoice;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The space between two columns.
const GAP: usize = 2;
/// The least width of a column whose text is cut.
const LEAST: usize = 8;
/// The width of cut text below which optional columns are dropped.
const COMFORTABLE: usize = 16;

/// Ends a right-to-left text: without it, a terminal that reorders text mixes the next column into it. It has no width.
const LEFT_TO_RIGHT_MARK: char = '\u{200e}';

/// A text in a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

/// The style of a cell, by the SGR codes of ECMA-48; not used without colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Bold,
    Color(u8),
}

/// How a column behaves in a narrow terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Its text is never cut.
    Whole,
    /// Its text is cut, with an ellipsis.
    Cut,
    /// It is dropped: the lowest number first.
    Optional(u8),
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Plain }
    }

    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    /// Returns the cell padded to this many columns; not padded if it is the last one.
    fn shown(&self, width: usize, is_last: bool, colors: bool) -> String {
        let text = cut(&self.text, width);
        let text_width = text.width();
        let mut text = styled(&text, self.style, colors);
        if !is_last && text.chars().any(is_right_to_left) {
            text.push(LEFT_TO_RIGHT_MARK);
        }
        let padding = if is_last { 0 } else { width.saturating_sub(text_width) };
        format!("{text}{:padding$}", "")
    }
}

/// Returns true for the scripts that are written from right to left, such as Hebrew and Arabic.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Returns rows as lines that fit the width, if there is one.
pub(crate) fn table(headers: &[(&str, Fit)], rows: &[Vec<Cell>], width: Option<usize>, colors: bool) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, fit)| (Cell::styled(*name, Style::Bold), *fit)).collect();
    let mut columns: Vec<_> = headers
        .iter()
        .enumerate()
        .map(|(index, (header, fit))| {
            let widths = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width());
            (index, widths.max().unwrap_or(0).max(header.text.width()), *fit)
        })
        .collect();
    if let Some(width) = width {
        fit(&mut columns, width);
    }
    let line = |cell_of: &dyn Fn(usize) -> Option<Cell>| {
        let last = columns.len().saturating_sub(1);
        let cells = columns.iter().enumerate().map(|(place, (index, width, _))| {
            cell_of(*index).map_or_else(String::new, |cell| cell.shown(*width, place == last, colors))
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut lines = line(&|index| headers.get(index).map(|(header, _)| header.clone()));
    lines.extend(rows.iter().map(|row| line(&|index| row.get(index).cloned())));
    lines
}

/// Drops optional columns, then narrows those that are cut, until the table fits.
fn fit(columns: &mut Vec<(usize, usize, Fit)>, width: usize) {
    loop {
        let gaps = GAP * columns.len().saturating_sub(1);
        let natural: usize = columns.iter().map(|(_, width, _)| width).sum::<usize>() + gaps;
        let cut: Vec<_> = columns.iter().filter(|(.., fit)| *fit == Fit::Cut).map(|(_, width, _)| *width).collect();
        let room = (width + cut.iter().sum::<usize>()).saturating_sub(natural);
        let next = columns.iter().filter_map(|(.., fit)| match fit {
            Fit::Optional(order) => Some(*order),
            _ => None,
        });
        let wanted: usize = cut.iter().map(|width| (*width).min(COMFORTABLE)).sum();
        match next.min() {
            Some(order) if room < wanted || natural > width && cut.is_empty() => {
                columns.retain(|(.., fit)| *fit != Fit::Optional(order));
            }
            _ => return narrow(columns, room, cut.len()),
        }
    }
}

/// Divides the width among the columns that are cut: columns that need less than their share leave the rest to others.
fn narrow(columns: &mut [(usize, usize, Fit)], mut room: usize, mut count: usize) {
    let mut cut: Vec<_> = columns.iter_mut().filter(|(.., fit)| *fit == Fit::Cut).map(|(_, width, _)| width).collect();
    cut.sort();
    for width in cut {
        *width = (*width).min((room / count).max(LEAST));
        room = room.saturating_sub(*width);
        count -= 1;
    }
}

/// Returns names and texts, a line for each name; a text continues below its beginning.
pub(crate) fn fields(fields: &[(String, Cell)], width: Option<usize>, colors: bool) -> String {
    let names = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(names + GAP).max(COMFORTABLE));
    let mut text = String::new();
    for (name, cell) in fields {
        for (index, line) in wrapped(&cell.text, room).iter().enumerate() {
            let name = if index == 0 { name.as_str() } else { "" };
            let padding = names + GAP - name.width();
            let (name, line) = (styled(name, Style::Bold, colors), styled(line, cell.style, colors));
            text.push_str(format!("{name}{:padding$}{line}", "").trim_end());
            text.push('\n');
        }
    }
    text
}

/// Returns the text in lines that break between words only.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Returns the part of a text that fits, with an ellipsis if it is cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    for grapheme in text.graphemes(true) {
        if shown.width() + grapheme.width() + 1 > width {
            break;
        }
        shown.push_str(grapheme);
    }
    format!("{}…", shown.trim_end())
}

fn styled(text: &str, style: Style, colors: bool) -> String {
    match style {
        _ if !colors || text.is_empty() => text.to_owned(),
        Style::Plain => text.to_owned(),
        Style::Bold => format!("\u{1b}[1m{text}\u{1b}[0m"),
        Style::Color(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

/// Returns true if stdout is a terminal and `NO_COLOR` is not set.
pub(crate) fn colors() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Returns the width of the terminal, or else the value of `COLUMNS`.
pub(crate) fn width() -> Option<usize> {
    let of_terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
    of_terminal.filter(|width| *width > 0).or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
}

/// Returns the height of the terminal, in lines.
pub(crate) fn height() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(_, height)| height.0.into())
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::{Cell, Fit, cut, fields, table, wrapped};

    const HEADERS: [(&str, Fit); 4] =
        [("ID", Fit::Whole), ("STATUS", Fit::Whole), ("ACTION", Fit::Optional(1)), ("TITLE", Fit::Cut)];
    const GUID: &str = "f9f2b2a5-4d5c-4f0e-9d4e-000000000001";

    fn rows(title: &str) -> Vec<Vec<Cell>> {
        vec![[GUID, "inProgress", "collectInvestigationPackage", title].map(Cell::new).to_vec()]
    }

    #[test]
    fn a_table_fits_and_only_prose_is_cut() {
        for title in [
            "Isolate the device of the payroll",
            "設備を隔離してください設備を隔離",
            "🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨",
            "בודד את המכשיר של השכר עכשיו",
        ] {
            for width in [60, 80, 100, 120] {
                let text = table(&HEADERS, &rows(title), Some(width), false);
                assert!(text.lines().all(|line| line.width() <= width), "{width}: {text}");
                assert!(text.contains(GUID) && text.contains("inProgress"), "{text}");
                assert_eq!(text.contains("collectInvestigationPackage"), width >= 100, "{width}: {text}");
            }
        }
        assert!(table(&HEADERS, &rows(&"x".repeat(200)), None, false).contains(&"x".repeat(200)));
    }

    #[test]
    fn a_right_to_left_text_does_not_reorder_the_next_column() {
        let headers = [("TITLE", Fit::Cut), ("MODIFIED", Fit::Whole)];
        for (title, mark) in [("עברית", "\u{200e}"), ("latin", "")] {
            let text = table(&headers, &[[title, "10:00Z"].map(Cell::new).to_vec()], Some(40), false);
            assert!(text.ends_with(&format!("{title}{mark}  10:00Z\n")), "{text}");
        }
    }

    #[test]
    fn a_cut_text_ends_with_an_ellipsis_between_graphemes() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語です", 6), "日本…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
    }

    #[test]
    fn fields_wrap_between_words_and_never_break_one() {
        assert_eq!(wrapped("a bb ccc\nd", 4), ["a bb", "ccc", "d"]);
        assert_eq!(wrapped(GUID, 4), [GUID]);
        let text = fields(
            &[("id".to_owned(), Cell::new("1")), ("title".to_owned(), Cell::new("one two three four five"))],
            Some(27),
            false,
        );
        assert_eq!(text, "id     1\ntitle  one two three four\n       five\n");
    }
}
