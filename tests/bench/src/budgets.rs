//! What the library may cost, and whether it does.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;

/// The budgets, as their file has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    budget: BTreeMap<String, Limit>,
    /// Why each package is there that plain has not.
    pub package: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

/// A value that has a budget.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The budget's name.
    pub budget: &'static str,
    /// Where it was measured.
    pub condition: String,
    /// What was measured.
    pub value: f64,
}

impl Budgets {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// Where the file is not as it should be.
    pub fn read() -> Result<Self, Error> {
        Ok(toml::from_str(include_str!("../budgets.toml"))?)
    }

    /// A line for a value, and whether its budget is met.
    ///
    /// # Errors
    ///
    /// Where there is no such budget.
    pub fn judge(&self, measured: &Measured) -> Result<(String, bool), Error> {
        let Measured { budget, condition, value } = measured;
        let limit = self.budget.get(*budget).ok_or_else(|| format!("there is no budget {budget:?}"))?;
        let (is_met, text) = match limit {
            Limit::AtLeast(limit) => (value >= limit, format!("at least {limit}")),
            Limit::AtMost(limit) => (value <= limit, format!("at most {limit}")),
        };
        let verdict = if is_met { "met" } else { "NOT MET" };
        Ok((format!("{verdict:8} {budget}, {condition}: {value:.3} ({text})"), is_met))
    }

    /// The budgets' names.
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
            [("cpu", 1.05, true), ("cpu", 1.06, false), ("throughput", 0.97, true), ("throughput", 0.96, false)]
        {
            let measured = Measured { budget, condition: String::new(), value };
            assert_eq!(budgets.judge(&measured).unwrap().1, met, "{budget} {value}");
        }
        let unknown = Measured { budget: "no such", condition: String::new(), value: 1.0 };
        assert!(budgets.judge(&unknown).is_err());
    }
}
