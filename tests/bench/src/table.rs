//! The results as a table.

use comfy_table::{CellAlignment, Table, presets};

use crate::budgets::Measured;

/// The results of a run.
#[derive(Default)]
pub struct Results {
    rows: Vec<[String; 8]>,
    /// The values with a budget.
    pub measured: Vec<Measured>,
}

impl Results {
    /// Adds a row: the measure, each implementation's value, the library's divided by plain's and by that of plain with
    /// the same request, and the server's.
    pub fn row(
        &mut self,
        what: impl Into<String>,
        values: [Option<f64>; 4],
        ratios: [Option<f64>; 2],
        server: Option<f64>,
    ) {
        let values = values.map(|value| value.map_or_else(String::new, number));
        let ratios = ratios.map(|ratio| ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")));
        let ([plain, same, generated, library], [to_plain, to_same]) = (values, ratios);
        let server = server.map_or_else(String::new, number);
        self.rows.push([what.into(), plain, same, generated, library, to_plain, to_same, server]);
    }

    /// Adds a row of two: plain and the library. Returns the library's value divided by plain's.
    pub fn pair(&mut self, what: impl Into<String>, plain: f64, library: f64) -> f64 {
        let ratio = library / plain;
        self.row(what, [Some(plain), None, None, Some(library)], [Some(ratio), None], None);
        ratio
    }

    /// Adds a value with a budget.
    pub fn measured(&mut self, budget: &'static str, condition: impl Into<String>, value: f64) {
        self.measured.push(Measured { budget, condition: condition.into(), value });
    }

    /// Returns the table, for a terminal or as Markdown.
    pub fn table(&self, markdown: bool) -> String {
        let mut table = Table::new();
        table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::NOTHING });
        table.set_header([
            "",
            "plain",
            "same request",
            "generated",
            "library",
            "library / plain",
            "library / same request",
            "server",
        ]);
        for row in &self.rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }
}

/// Formats a number with its significant digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
