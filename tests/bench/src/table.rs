//! The results as a table.

use comfy_table::{CellAlignment, Table, presets};

use crate::budgets::Measured;

/// The results of a run.
#[derive(Default)]
pub struct Results {
    rows: Vec<[String; 6]>,
    /// The values that have a budget.
    pub measured: Vec<Measured>,
}

impl Results {
    /// Adds a row: what, each contestant's value, and the library's divided by plain's.
    pub fn row(&mut self, what: impl Into<String>, values: [Option<f64>; 3], ratio: Option<f64>, server: Option<f64>) {
        let [plain, generated, library] = values.map(|value| value.map_or_else(String::new, number));
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}"));
        self.rows.push([what.into(), plain, generated, library, ratio, server.map_or_else(String::new, number)]);
    }

    /// Adds a value that has a budget.
    pub fn measured(&mut self, budget: &'static str, condition: impl Into<String>, value: f64) {
        self.measured.push(Measured { budget, condition: condition.into(), value });
    }

    /// The table, for a terminal or as Markdown.
    pub fn table(&self, markdown: bool) -> String {
        let mut table = Table::new();
        table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::NOTHING });
        table.set_header(["", "plain", "generated", "library", "library / plain", "server"]);
        for row in &self.rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }
}

/// A number with as many digits as mean something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
