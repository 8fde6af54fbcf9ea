//! The budgets of the library's cost.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;

/// The budgets of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    budget: BTreeMap<String, Limit>,
    /// The reason for each package that plain does not have.
    pub package: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

/// A measured value with a budget.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The budget's name.
    pub budget: &'static str,
    /// The condition of the measurement.
    pub condition: String,
    /// The value.
    pub value: f64,
}

impl Budgets {
    /// Reads the budgets.
    ///
    /// # Errors
    ///
    /// If the file is invalid.
    pub fn read() -> Result<Self, Error> {
        Ok(toml::from_str(include_str!("../budgets.toml"))?)
    }

    /// Returns a line for a value, and whether its budget is met.
    ///
    /// # Errors
    ///
    /// If the budget is unknown.
    pub fn judge(&self, measured: &Measured) -> Result<(String, bool), Error> {
        let Measured { budget, condition, value } = measured;
        let limit = self.budget.get(*budget).ok_or_else(|| format!("unknown budget {budget:?}"))?;
        let (is_met, text) = match limit {
            Limit::AtLeast(limit) => (value >= limit, format!("at least {limit}")),
            Limit::AtMost(limit) => (value <= limit, format!("at most {limit}")),
        };
        let verdict = if is_met { "met" } else { "NOT MET" };
        Ok((format!("{verdict:8} {budget}, {condition}: {value:.3} ({text})"), is_met))
    }

    /// Returns the names of the budgets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.budget.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{Budgets, Measured};

    #[test]
    fn a_budget_is_met_up_to_its_limit_and_not_beyond() {
        let budgets = Budgets::read().unwrap();
        for (budget, value, met) in
            [("cpu", 1.0, true), ("cpu", 1.01, false), ("throughput", 0.97, true), ("throughput", 0.96, false)]
        {
            let measured = Measured { budget, condition: String::new(), value };
            assert_eq!(budgets.judge(&measured).unwrap().1, met, "{budget} {value}");
        }
        let unknown = Measured { budget: "no such", condition: String::new(), value: 1.0 };
        assert!(budgets.judge(&unknown).is_err());
    }
}
